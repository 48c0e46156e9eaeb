package ui

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
