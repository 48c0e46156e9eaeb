package draw

import "strings"

// Spark draws numbers as bars of block characters, one cell each. A dot is 0.
func Spark(numbers []int) string {
	const bars = "▁▂▃▄▅▆▇█"
	most := 1
	for _, n := range numbers {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range numbers {
		if n <= 0 {
			b.WriteString("·")
			continue
		}
		b.WriteString(string([]rune(bars)[(n*8-1)/most]))
	}
	return b.String()
}
