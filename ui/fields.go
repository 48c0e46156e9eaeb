package ui

const labelCells = 10

// fields collects the lines of a pane: one fact a line, labels in a column.
type fields struct {
	on  *Screen
	w   int
	out []string
}

func newFields(on *Screen, w int) *fields { return &fields{on: on, w: w} }

func (f *fields) line(segs ...segment) { f.out = append(f.out, paint(&f.on.Styles.tone, f.w, segs...)) }

func (f *fields) blank() { f.line() }

// text wraps a paragraph, with a label in front of its first line.
func (f *fields) text(label string, t tone, text string) {
	lead := ""
	if label != "" {
		lead = pad(label, labelCells)
	}
	for i, l := range wrap(text, f.w-cells(lead)) {
		if i > 0 {
			lead = spaces(cells(lead))
		}
		f.line(dim.Text(lead), t.Text(l))
	}
}

// more continues a labelled fact on its own lines.
func (f *fields) more(t tone, text string) {
	for _, l := range wrap(text, f.w-labelCells) {
		f.line(plain.Text(spaces(labelCells)), t.Text(l))
	}
}
