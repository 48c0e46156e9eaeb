package draw

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// coloursOf returns the text and background colours of a style's sequence, or nil if it sets
// none.
func coloursOf(t *testing.T, s Style) (text, back color.Color) {
	t.Helper()
	for _, m := range regexp.MustCompile(`([34])8[;:](?:5[;:](\d+)|2[;:]:?(\d+)[;:](\d+)[;:](\d+))`).FindAllStringSubmatch(s.before, -1) {
		var c color.Color
		n := func(i int) uint8 { v, _ := strconv.Atoi(m[i]); return uint8(v) }
		if m[2] != "" {
			c = ansi.IndexedColor(n(2))
		} else {
			c = color.RGBA{n(3), n(4), n(5), 255}
		}
		if m[1] == "3" {
			text = c
		} else {
			back = c
		}
	}
	return text, back
}

// contrast returns the WCAG 2 contrast ratio, from 1 to 21.
func contrast(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		r, g, b, _ := c.RGBA()
		linear := func(v uint32) float64 {
			x := float64(v) / 0xffff
			if x <= 0.03928 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every colour has a contrast of at least 4.5:1 against common terminal backgrounds (WCAG level
// AA), and 7:1 (level AAA) in the high-contrast theme, also on the selected row.
func TestEveryColourCanBeRead(t *testing.T) {
	grey := func(v uint8) color.Color { return color.RGBA{v, v, v, 255} }
	for _, tt := range []struct {
		name           string
		dark, contrast bool
		grounds        []color.Color
		text           color.Color // the terminal's own
		least          float64
	}{
		{"dark", true, false, []color.Color{grey(0), grey(0x1e)}, grey(0xd0), 4.5},
		{"light", false, false, []color.Color{grey(0xff), grey(0xf5)}, grey(0x20), 4.5},
		{"high contrast, dark", true, true, []color.Color{grey(0), grey(0x1e)}, grey(0xff), 7},
		{"high contrast, light", false, true, []color.Color{grey(0xff), grey(0xf5)}, grey(0), 7},
	} {
		s := NewStyles(Look{Dark: tt.dark, Contrast: tt.contrast})
		seen := 0
		for i := range Tones {
			text, back := coloursOf(t, s.Tone[i])
			if text == nil {
				text = tt.text
			} else {
				seen++
			}
			for _, ground := range tt.grounds {
				if back != nil {
					ground = back
				}
				if c := contrast(text, ground); c < tt.least {
					t.Errorf("%s: tone %d has a contrast of %.1f on %v", tt.name, i, c, ground)
				}
			}
			text, back = coloursOf(t, s.Selected[i])
			if text == nil {
				text = tt.text
			}
			if back == nil {
				t.Fatalf("%s: the selected row has no background: %q", tt.name, s.Selected[i].before)
			}
			if c := contrast(text, back); c < tt.least {
				t.Errorf("%s: tone %d of the selected row has a contrast of %.1f", tt.name, i, c)
			}
		}
		if seen < 5 {
			t.Errorf("%s: only %d tones have a colour", tt.name, seen)
		}
		if strings.Contains(s.Reverse.before, "38;") {
			t.Errorf("%s: reverse sets a colour", tt.name)
		}
	}
}

// With 16 colours, tones with different meanings have different colours. The selected row is
// reversed, because no two of so few colours are legible on each other.
func TestSixteenColoursAreTold(t *testing.T) {
	for _, dark := range []bool{true, false} {
		s := NewStyles(Look{Dark: dark, Few: true})
		seen := map[string]Tone{}
		for _, n := range []Tone{Warn, Bad, Good, Link} {
			if other, ok := seen[s.Tone[n].before]; ok {
				t.Errorf("dark %v: tones %d and %d look alike", dark, n, other)
			}
			seen[s.Tone[n].before] = n
		}
		for n := range Tones {
			if !regexp.MustCompile(`\x1b\[(1;)?7m`).MatchString(s.Selected[n].before) {
				t.Errorf("dark %v: the selected row's tone %d is %q", dark, n, s.Selected[n].before)
			}
		}
	}
}
