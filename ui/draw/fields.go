package draw

const labelCells = 10

// Fields collects the lines of a pane. Each line has one fact, with labels in a column.
type Fields struct {
	on  *Screen
	W   int
	Out []string
}

func NewFields(on *Screen, w int) *Fields { return &Fields{on: on, W: w} }

func (f *Fields) Line(segs ...Segment) { f.Out = append(f.Out, Paint(&f.on.Styles.Tone, f.W, segs...)) }

func (f *Fields) Blank() { f.Line() }

// Text wraps a paragraph, with a label before its first line.
func (f *Fields) Text(label string, t Tone, text string) {
	lead := ""
	if label != "" {
		lead = Pad(label, labelCells)
	}
	for i, l := range Wrap(text, f.W-Cells(lead)) {
		if i > 0 {
			lead = Spaces(Cells(lead))
		}
		f.Line(Dim.Text(lead), t.Text(l))
	}
}

// More adds lines to a labelled fact.
func (f *Fields) More(t Tone, text string) {
	for _, l := range Wrap(text, f.W-labelCells) {
		f.Line(Plain.Text(Spaces(labelCells)), t.Text(l))
	}
}
