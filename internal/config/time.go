package config

import (
	"fmt"
	"strings"
	"time"
)

// ParseTime parses a point in time: RFC 3339; or a duration, which means that long before now. A date
// means that whole day in zone: from its beginning to its last nanosecond; otherwise the two are equal.
func ParseTime(s string, now time.Time, zone *time.Location) (from, to time.Time, err error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, t, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return day, day.AddDate(0, 0, 1).Add(-time.Nanosecond), nil
	}
	if d, err := ParseDuration(s); err == nil {
		return now.Add(-d), now.Add(-d), nil
	}
	return time.Time{}, time.Time{}, fmt.Errorf("%q is not a time: write 2026-11-16, 2026-11-16T12:00:00Z or 7d", s)
}
