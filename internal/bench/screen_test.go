//go:build unix

package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"
)

// seen is a program on a terminal, and a text of its first frame that stands at its end.
type seen struct {
	command
	text string
}

func (l *lab) hello() seen { return seen{command{name: l.bin("hello"), env: l.home()}, "q quits"} }

// firstFrame measures from the start of the process to the last byte of the first frame.
func firstFrame(ctx context.Context, l *lab) error {
	sim, err := l.serve(ctx, world{Tokens: 40})
	if err != nil {
		return err
	}
	env := append(l.home(), sim.env()...)
	all := []struct {
		what string
		seen
	}{
		{"`wxauth --user U`", seen{l.wxauth(env, "--user", jane), "q quit"}},
		{"`wxauth`, the user picker", seen{l.wxauth(env), "ctrl+c quit"}},
		{"`wxauth demo`", seen{l.wxauth(l.home(), "demo"), "q quit"}},
	}
	for _, kind := range kinds {
		took := make([][]float64, len(all)+1)
		for range l.n + 1 {
			for i, s := range append([]seen{l.hello()}, all[0].seen, all[1].seen, all[2].seen) {
				t, err := open(ctx, kind.answers, s.env, s.name, s.args...)
				if err != nil {
					return err
				}
				d, err := t.see(s.text)
				t.close()
				if err != nil {
					return err
				}
				took[i] = append(took[i], float64(d))
			}
		}
		floor := took[0][1:]
		for i, a := range all {
			ours := took[i+1][1:]
			ratios := make([]float64, len(ours))
			for k := range ours {
				ratios[k] = ours[k] / floor[k]
			}
			l.report.atMost("first frame of "+a.what+", "+kind.name, ms(time.Duration(middle(ours))),
				"the smallest Bubble Tea app, "+ms(time.Duration(middle(floor))), middle(ratios), 1.5)
		}
	}
	return overALink(ctx, l)
}

// link is the latency of a call to a server far away.
const link = 100 * time.Millisecond

// overALink measures from the start, and from enter in the user picker, to the list, which needs at least one
// call.
func overALink(ctx context.Context, l *lab) error {
	sim, err := l.serve(ctx, world{Tokens: 40, Latency: link})
	if err != nil {
		return err
	}
	env := append(l.home(), sim.env()...)
	var started, opened []float64
	for range l.n {
		t, err := open(ctx, true, env, l.bin("wxauth"), "--user", jane)
		if err != nil {
			return err
		}
		d, err := t.see("row 1 of")
		t.close()
		if err != nil {
			return err
		}
		started = append(started, float64(d))
		k, err := l.ready(ctx, true, seen{l.wxauth(env), "ctrl+c quit"}, "")
		if err != nil {
			return err
		}
		if _, err := k.pty.WriteString(jane); err != nil {
			return err
		}
		k.settle(time.Second)
		pressed := time.Since(k.begun)
		if _, err := k.pty.WriteString("\r"); err != nil {
			return err
		}
		d, err = k.see("row 1 of")
		k.close()
		if err != nil {
			return err
		}
		opened = append(opened, float64(d-pressed))
	}
	l.report.free("start to the list, over a link of 100 ms", ms(time.Duration(middle(started))), "one call, "+ms(link), "")
	l.report.free("enter on a user to the list, over a link of 100 ms", ms(time.Duration(middle(opened))), "one call, "+ms(link), "")
	return nil
}

// kinds are the two kinds of terminal: one that answers queries, and one that is mute.
var kinds = []struct {
	name    string
	answers bool
}{{"a terminal that answers", true}, {"a terminal that does not answer", false}}

// idle measures what is written while nobody presses anything, on all terminals at once.
func idle(ctx context.Context, l *lab) error {
	type untouched struct {
		*terminal
		what   string
		bar    float64
		before int
	}
	var all []untouched
	for _, c := range []struct {
		what  string
		world world
		args  []string
		bar   float64
	}{
		{"idle, a list, no seconds on screen", world{Tokens: 40}, []string{"--user", jane}, 30},
		{"idle, the user picker", world{Tokens: 40}, nil, 30},
		{"idle, a screenful of counting seconds", world{Ending: 60}, []string{"--user", jane}, 200},
	} {
		sim, err := l.serve(ctx, c.world)
		if err != nil {
			return err
		}
		for _, kind := range kinds {
			t, err := open(ctx, kind.answers, append(l.home(), sim.env()...), l.bin("wxauth"), c.args...)
			if err != nil {
				return err
			}
			defer t.close()
			text := "row 1 of"
			if len(c.args) == 0 {
				text = "ctrl+c quit"
			}
			if _, err := t.see(text); err != nil {
				return err
			}
			all = append(all, untouched{terminal: t, what: c.what + ", " + kind.name, bar: c.bar})
		}
	}
	time.Sleep(3 * time.Second)
	for i := range all {
		all[i].before, _ = all[i].written()
	}
	const watched = 61 * time.Second // a minute turns in it
	time.Sleep(watched)
	for _, q := range all {
		after, _ := q.written()
		l.report.below(q.what, float64(after-q.before)/watched.Seconds(), q.bar, "B/s")
	}
	return nil
}

// keys is a program that is ready for keys, and what they came to.
type keys struct {
	*terminal
	keys  string // pressed one after the other, and from the start again
	took  []float64
	bytes []float64
}

func (l *lab) ready(ctx context.Context, answers bool, s seen, keyText string) (*keys, error) {
	t, err := open(ctx, answers, s.env, s.name, s.args...)
	if err != nil {
		return nil, err
	}
	if _, err := t.see(s.text); err != nil {
		return nil, err
	}
	t.settle(time.Second)
	return &keys{terminal: t, keys: keyText}, nil
}

// turns presses keys in all of them, in turn.
func turns(n int, all ...*keys) error {
	for i := range n {
		for _, k := range all {
			// Frames come at fixed times: a key must come at any time between two.
			time.Sleep(time.Duration(rand.IntN(17_000)) * time.Microsecond) //nolint:gosec // not a secret
			d, size, err := k.press(k.keys[i%len(k.keys) : i%len(k.keys)+1])
			if err != nil {
				return fmt.Errorf("%s, key %d: %w", k.cmd.Path, i, err)
			}
			k.took, k.bytes = append(k.took, float64(d)), append(k.bytes, float64(size))
		}
	}
	return nil
}

const upAndDown = "jjjjjjjjjjkkkkkkkkkk"

// keyToFrame measures from a key to the last byte of its frame.
func keyToFrame(ctx context.Context, l *lab) error {
	sim, err := l.serve(ctx, world{Tokens: 40})
	if err != nil {
		return err
	}
	env := append(l.home(), sim.env()...)
	for _, kind := range kinds {
		peer, err := l.ready(ctx, kind.answers, seen{command{name: l.bin("table"), env: l.home()}, "Meeting Sync 35"}, upAndDown)
		if err != nil {
			return err
		}
		defer peer.close()
		list, err := l.ready(ctx, kind.answers, seen{l.wxauth(env, "--user", jane), "row 1 of"}, upAndDown)
		if err != nil {
			return err
		}
		defer list.close()
		picker, err := l.ready(ctx, kind.answers, seen{l.wxauth(env), "ctrl+c quit"}, "janeroexyzabcdefghij"+strings.Repeat("\x7f", 20))
		if err != nil {
			return err
		}
		defer picker.close()
		if err := turns(6*l.n, peer, list, picker); err != nil {
			return err
		}
		detail, err := list.detail()
		if err != nil {
			return err
		}
		on := ", " + kind.name
		l.compareKeys("key to frame, a list of 40 tokens"+on, list, "the smallest Bubble Tea table", peer)
		l.compareKeys("key to frame, the user picker"+on, picker, "the smallest Bubble Tea table", peer)
		l.report.below("bytes per key, a list of 40 tokens"+on, middle(list.bytes), 350, "B")
		l.report.free("bytes of the detail, when the cursor rests"+on, figure(detail)+" B", "", "")
		l.report.below("bytes per key, the user picker"+on, middle(picker.bytes), 350, "B")
	}
	if err := l.typeAhead(ctx, env, sim); err != nil {
		return err
	}
	return l.million(ctx)
}

// detail is how much follows the last key when the cursor rests.
func (k *keys) detail() (float64, error) {
	var all []float64
	for range 8 {
		if _, _, err := k.press("j"); err != nil {
			return 0, err
		}
		before, _ := k.written()
		k.settle(500 * time.Millisecond)
		after, _ := k.written()
		all = append(all, float64(after-before))
	}
	return middle(all), nil
}

func (l *lab) compareKeys(what string, ours *keys, name string, other *keys) {
	a, b := middle(ours.took), middle(other.took)
	l.report.atMost(what, ms(time.Duration(a)), name+", "+ms(time.Duration(b)), a/b, 1.2)
}

// typeAhead counts the searches that quick and slow typing start.
func (l *lab) typeAhead(ctx context.Context, env []string, sim *served) error {
	most := 0.0
	for _, pause := range []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 255 * time.Millisecond, 300 * time.Millisecond, 400 * time.Millisecond} {
		t, err := l.ready(ctx, true, seen{l.wxauth(env), "ctrl+c quit"}, "")
		if err != nil {
			return err
		}
		if _, err := sim.counts(); err != nil {
			return err
		}
		begun := time.Now()
		for i := range 20 {
			if _, err := t.pty.WriteString(string(rune('a' + i))); err != nil {
				return err
			}
			time.Sleep(pause)
		}
		took := time.Since(begun)
		t.close()
		c, err := sim.counts()
		if err != nil {
			return err
		}
		most = max(most, float64(c.Searches)/took.Seconds())
	}
	l.report.below("searches while typing, at five speeds", most, 4, "a second")
	return nil
}

// million compares an inventory of a million rows with one of forty.
func (l *lab) million(ctx context.Context) error {
	var all []*keys
	for _, people := range []int{10, 250_000} {
		env, err := l.swept(ctx, world{People: people})
		if err != nil {
			return err
		}
		k, err := l.ready(ctx, true, seen{l.wxauth(env), "ctrl+c quit"}, upAndDown)
		if err != nil {
			return err
		}
		defer k.close()
		// To the view's list of what is stale.
		for _, step := range []struct{ keys, see string }{{"\t", "Tokens"}, {"3", "Inventory]"}, {"v", thousands(people * 4)}} {
			if _, err := k.pty.WriteString(step.keys); err != nil {
				return err
			}
			if _, err := k.see(step.see); err != nil {
				return err
			}
		}
		k.settle(2 * time.Second)
		all = append(all, k)
	}
	if err := turns(4*l.n, all...); err != nil {
		return err
	}
	l.compareKeys("key to frame, an inventory of 1,000,000 rows", all[1], "the same of 40 rows", all[0])
	l.report.below("bytes per key, an inventory of 1,000,000 rows", middle(all[1].bytes), 350, "B")
	all[1].close()
	if usage, ok := all[1].cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		l.report.free("peak memory of the dashboard, 250,000 people and 1,000,000 grants", mib(float64(peakBytes(usage))), "", "")
	}
	return nil
}

// swept is a home with the sweep of an organization in it, and a login.
func (l *lab) swept(ctx context.Context, w world) ([]string, error) {
	sim, err := l.serve(ctx, w)
	if err != nil {
		return nil, err
	}
	env := append(l.home(), sim.env()...)
	_, err = l.wxauth(env, "sweep", "--json").run(ctx)
	return env, err
}
