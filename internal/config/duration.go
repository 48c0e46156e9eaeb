package config

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// ParseDuration reads a duration as users write it: a number and one of s, m, h, d
// (24 hours), w (7 days), as in 30d, 12h, 2w, or several of them: 1d12h.
func ParseDuration(s string) (time.Duration, error) {
	units := map[byte]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	}
	bad := fmt.Errorf("%q is not a duration: write 30d, 12h or 5m", s)
	if s == "" {
		return 0, bad
	}
	var total time.Duration
	for rest := s; rest != ""; {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 0 || i == len(rest) {
			return 0, bad
		}
		n, err := strconv.ParseInt(rest[:i], 10, 64)
		unit, ok := units[rest[i]]
		if err != nil || !ok || n > (math.MaxInt64-int64(total))/int64(unit) {
			return 0, bad
		}
		total += time.Duration(n) * unit
		rest = rest[i+1:]
	}
	return total, nil
}
