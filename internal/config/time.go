package config

import (
	"fmt"
	"time"
)

// ParseTime parses a point in time: RFC 3339; a date, which means the end of that day in UTC; or
// a duration, which means that long before now.
func ParseTime(s string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day.Add(24*time.Hour - time.Nanosecond), nil
	}
	if d, err := ParseDuration(s); err == nil {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2026-11-16, 2026-11-16T12:00:00Z or 7d", s)
}
