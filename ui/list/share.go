package list

// Share divides width cells among columns. Each gets what it wants if there is room, and what is
// left over goes to the first. Otherwise the widest are narrowed to the same width, which is at least
// [narrowest].
func Share(width int, wants ...int) []int {
	out := make([]int, len(wants))
	for most := width; ; most-- {
		sum := 0
		for i, w := range wants {
			out[i] = max(min(w, most), narrowest)
			sum += out[i]
		}
		if sum <= width || most <= narrowest {
			out[0] += max(width-sum, 0)
			return out
		}
	}
}

// Measured is the number of rows whose texts determine what columns want.
const Measured = 500

// narrowest is the least width of a column whose texts are cut.
const narrowest = 6
