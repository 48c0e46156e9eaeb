//go:build ignore

// Pictures converts each file of terminal output in a directory to SVG. For several files it
// also writes an index.html that shows them by scene, size and look. Files named NAME@NN@MS are the
// frames of one animated picture; each is shown for MS milliseconds.
//
//	go run .ci/pictures.go BYTES OUT
//
// The SVG contains the screen's text as text, so that it is searchable and a test can compare
// it with the current output.
package main

import (
	"cmp"
	"fmt"
	"html"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

const (
	cellW, cellH = 8.4, 18.0
	margin       = 12.0
)

// pen is the current text style.
type pen struct {
	fg, bg              color.Color
	bold, reverse, line bool
}

// ground is a terminal's default colours.
type ground struct{ fg, bg string }

var grounds = map[bool]ground{true: {"#d5d9e0", "#11151c"}, false: {"#1d2127", "#ffffff"}}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run .ci/pictures.go BYTES OUT")
		os.Exit(2)
	}
	if err := pictures(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func pictures(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.ans"))
	if err != nil || len(files) == 0 {
		return cmp.Or(err, fmt.Errorf("no screens in %s", from))
	}
	slices.Sort(files)
	var names []string
	films := map[string][]frame{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(f), ".ans")
		if parts := strings.Split(name, "@"); len(parts) == 3 {
			ms, err := strconv.Atoi(parts[2])
			if err != nil {
				return err
			}
			films[parts[0]] = append(films[parts[0]], frame{string(data), ms})
			continue
		}
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(to, name+".svg"), []byte(draw(string(data), !strings.HasSuffix(name, "light"))), 0o644); err != nil {
			return err
		}
	}
	for name, frames := range films {
		if err := os.WriteFile(filepath.Join(to, name+".svg"), []byte(film(frames)), 0o644); err != nil {
			return err
		}
	}
	if len(names) > 2 {
		err = os.WriteFile(filepath.Join(to, "index.html"), []byte(index(names)), 0o644)
	}
	fmt.Printf("%d pictures in %s\n", len(names), to)
	return err
}

// frame is a screen of an animated picture.
type frame struct {
	screen string
	ms     int
}

// film returns an animated SVG. A reader who prefers no motion sees its last frame.
func film(frames []frame) string {
	g := grounds[true]
	total := 0
	for _, f := range frames {
		total += f.ms
	}
	var style, groups, desc strings.Builder
	at, w, h := 0, 0.0, 0.0
	for i, f := range frames {
		from, to := 100*float64(at)/float64(total), 100*float64(at+f.ms)/float64(total)
		at += f.ms
		fmt.Fprintf(&style, "@keyframes f%d{0%%{visibility:hidden}%.2f%%{visibility:visible}%.2f%%,100%%{visibility:hidden}}#f%d{animation:f%d %dms step-end infinite}\n", i, from, to, i, i, total)
		back, text, fw, fh := paint(f.screen, g)
		w, h = max(w, fw), max(h, fh)
		fmt.Fprintf(&groups, "<g id=\"f%d\" visibility=\"hidden\">\n%s%s</g>\n", i, back, text)
		desc.WriteString(html.EscapeString(ansi.Strip(f.screen)) + "\n")
	}
	last := len(frames) - 1
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img">
<title>wxauth</title>
<desc>%s</desc>
<style>
%s@media (prefers-reduced-motion){g{animation:none!important}#f%d{visibility:visible!important}}
</style>
<rect width="100%%" height="100%%" rx="8" fill="%s"/>
<g font-family="ui-monospace,'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,'Noto Sans Mono CJK JP',monospace" font-size="14" fill="%s" xml:space="preserve">
%s</g>
</svg>
`, w, h, w, h, desc.String(), style.String(), last, g.bg, g.fg, groups.String())
}

// paint returns the backgrounds and the text of a screen, and its size.
func paint(screen string, g ground) (backs, texts string, w, h float64) {
	lines := strings.Split(screen, "\n")
	cols := 0
	for _, l := range lines {
		cols = max(cols, ansi.StringWidthWc(l))
	}
	var back, text strings.Builder
	for y, l := range lines {
		drawLine(&back, &text, l, y, g)
	}
	return back.String(), text.String(), float64(cols)*cellW + 2*margin, float64(len(lines))*cellH + 2*margin
}

// draw returns the SVG of a screen.
func draw(screen string, dark bool) string {
	g := grounds[dark]
	back, text, w, h := paint(screen, g)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img">
<title>wxauth</title>
<desc>%s</desc>
<rect width="100%%" height="100%%" rx="8" fill="%s"/>
<g>
%s</g>
<g font-family="ui-monospace,'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,'Noto Sans Mono CJK JP',monospace" font-size="14" fill="%s" xml:space="preserve">
%s</g>
</svg>
`, w, h, w, h, html.EscapeString(ansi.Strip(screen)), g.bg, back, g.fg, text)
}

// drawLine draws each piece of a line at its own position, so that no font shifts the next
// piece.
func drawLine(back, text *strings.Builder, line string, y int, g ground) {
	var p pen
	x := 0
	var piece strings.Builder
	from := 0
	top := margin + float64(y)*cellH
	flush := func() {
		s := piece.String()
		piece.Reset()
		width := x - from
		fg, bg := hex(p.fg, g.fg), hex(p.bg, "")
		if p.reverse {
			fg, bg = cmp.Or(bg, g.bg), fg
		}
		if bg != "" && width > 0 {
			fmt.Fprintf(back, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", margin+float64(from)*cellW, top, float64(width)*cellW, cellH, bg)
		}
		if strings.TrimSpace(s) != "" {
			style := ""
			if p.bold {
				style = ` font-weight="bold"`
			}
			if p.line {
				style += ` text-decoration="underline"`
			}
			if fg != g.fg {
				style += ` fill="` + fg + `"`
			}
			lead := len(s) - len(strings.TrimLeft(s, " "))
			s = strings.TrimSpace(s)
			fmt.Fprintf(text, `<text x="%.1f" y="%.1f" textLength="%.1f"%s>%s</text>`+"\n",
				margin+float64(from+lead)*cellW, top+13.5, float64(ansi.StringWidthWc(s))*cellW, style, html.EscapeString(s))
		}
		from = x
	}
	for i := 0; i < len(line); {
		if line[i] == '\x1b' {
			end := strings.IndexByte(line[i:], 'm')
			if end < 0 {
				break
			}
			flush()
			p = restyle(p, line[i+2:i+end])
			i += end + 1
			continue
		}
		r := []rune(line[i:])[0]
		if strings.HasSuffix(piece.String(), "  ") && r != ' ' { // after a gap, text gets its own position
			flush()
		}
		n := ansi.StringWidthWc(string(r))
		if n > 1 {
			flush()
		}
		piece.WriteRune(r)
		x += n
		i += len(string(r))
		if n > 1 {
			flush()
		}
	}
	flush()
}

// restyle applies a style sequence.
func restyle(p pen, params string) pen {
	all := strings.Split(params, ";")
	for i := 0; i < len(all); i++ {
		n, _ := strconv.Atoi(all[i])
		switch {
		case n == 0:
			p = pen{}
		case n == 1:
			p.bold = true
		case n == 4:
			p.line = true
		case n == 7:
			p.reverse = true
		case n >= 30 && n <= 37:
			p.fg = ansi.IndexedColor(uint8(n - 30))
		case n >= 40 && n <= 47:
			p.bg = ansi.IndexedColor(uint8(n - 40))
		case n >= 90 && n <= 97:
			p.fg = ansi.IndexedColor(uint8(n - 82))
		case n >= 100 && n <= 107:
			p.bg = ansi.IndexedColor(uint8(n - 92))
		case (n == 38 || n == 48) && i+1 < len(all):
			var c color.Color
			number := func(k int) uint8 {
				if k >= len(all) {
					return 0
				}
				v, _ := strconv.Atoi(all[k])
				return uint8(v)
			}
			if all[i+1] == "5" {
				c = ansi.IndexedColor(number(i + 2))
				i += 2
			} else {
				c = color.RGBA{number(i + 2), number(i + 3), number(i + 4), 255}
				i += 4
			}
			if n == 38 {
				p.fg = c
			} else {
				p.bg = c
			}
		}
	}
	return p
}

func hex(c color.Color, none string) string {
	if c == nil {
		return none
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// index writes the index page, with all sizes and looks of each scene.
func index(names []string) string {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>wxauth: every screen</title><style>body{background:#777;font-family:sans-serif}img{margin:4px;vertical-align:top;max-width:100%}</style>\n")
	last := ""
	for _, n := range names {
		scene, rest, _ := strings.Cut(n, ".")
		if scene != last {
			fmt.Fprintf(&b, "<h2>%s</h2>\n", html.EscapeString(scene))
			last = scene
		}
		fmt.Fprintf(&b, "<figure style=\"display:inline-block;margin:4px\"><img loading=lazy src=\"%s.svg\" width=\"%d\"><figcaption>%s</figcaption></figure>\n", html.EscapeString(n), 480, html.EscapeString(rest))
	}
	return b.String()
}
