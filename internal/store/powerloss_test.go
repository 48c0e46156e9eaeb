//go:build e2e && linux

package store_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
)

// Simulated power loss: the system calls of a process that writes a store are recorded
// (strace), and replayed onto a disk that keeps only what was synced, and of the rest any
// part: none, all, some, sectors torn. Names are as a disk keeps them: a rename or a link
// may be there or not until its folder is synced.

// inode is a file on the disk: what is safe, and what was written since.
type inode struct {
	safe    []byte
	pending []write
}

type write struct {
	at   int64
	data []byte
	size int64 // of a truncation, where data is nil
}

func apply(b []byte, w write) []byte {
	if w.data == nil {
		if int64(len(b)) > w.size {
			return b[:w.size]
		}
		return append(b, make([]byte, w.size-int64(len(b)))...)
	}
	if end := w.at + int64(len(w.data)); end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[w.at:], w.data)
	return b
}

// disk is a folder on it.
type disk struct {
	names   map[string]*inode // as the running system sees them
	synced  map[string]*inode // as they are on the disk
	changes []func(map[string]*inode)
	handles map[string]*inode // of open files, by process and descriptor
	offsets map[string]int64
	acked   []int
}

func (d *disk) rename(change func(map[string]*inode)) {
	change(d.names)
	d.changes = append(d.changes, change)
}

// image is what a loss of power at this moment may leave. How much of what is not synced
// is there is drawn for each file: none, all, or some, with sectors torn.
func (d *disk) image(rng *rand.Rand) map[string][]byte {
	names := maps.Clone(d.synced)
	for _, c := range d.changes[:rng.IntN(len(d.changes)+1)] { // in their order
		c(names)
	}
	out := map[string][]byte{}
	for name, node := range names {
		b := slices.Clone(node.safe)
		how := rng.IntN(4)
		for _, w := range node.pending {
			switch {
			case how == 0 || how >= 2 && rng.IntN(2) == 0:
				continue
			case how == 3 && len(w.data) > 512: // torn
				for s := 0; s < len(w.data); s += 512 {
					if rng.IntN(2) == 0 {
						b = apply(b, write{at: w.at + int64(s), data: w.data[s:min(s+512, len(w.data))]})
					}
				}
				continue
			}
			b = apply(b, w)
		}
		out[name] = b
	}
	return out
}

var (
	callLine = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	opened   = regexp.MustCompile(`"([^"]*)", ([A-Z_|0-9]+)`)
	withFD   = regexp.MustCompile(`^(\d+)<([^>]*)>`)
	texts    = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		panic(err)
	}
	return b
}

// whole joins the halves of calls that strace shows interrupted by others; such a call
// counts where it ended.
func whole(trace string) []string {
	var out []string
	begun := map[string]string{}
	for _, l := range strings.Split(trace, "\n") {
		pid, rest, _ := strings.Cut(l, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case strings.HasSuffix(rest, "<unfinished ...>"):
			begun[pid] = strings.TrimSuffix(rest, "<unfinished ...>")
		case strings.HasPrefix(rest, "<... "):
			_, tail, _ := strings.Cut(rest, " resumed>")
			out = append(out, pid+" "+begun[pid]+tail)
		default:
			out = append(out, l)
		}
	}
	return out
}

// step carries one call out, and reports whether it changed what may be lost.
func (d *disk) step(dir, line string) bool {
	m := callLine.FindStringSubmatch(line)
	if m == nil || strings.HasPrefix(m[4], "-") {
		return false
	}
	call, args := m[2], m[3]
	var paths []string
	for _, t := range texts.FindAllStringSubmatch(args, -1) {
		paths = append(paths, string(unhex(t[1])))
	}
	inside := func(p string) bool { return filepath.Dir(p) == dir }
	switch call {
	case "openat":
		p := paths[0]
		if !inside(p) {
			return false
		}
		node := d.names[p]
		if node == nil && strings.Contains(args, "O_CREAT") {
			node = &inode{}
			d.rename(func(n map[string]*inode) { n[p] = node })
		}
		d.handles[m[4]] = node
		d.offsets[m[4]] = 0
		return node != nil
	case "rename", "renameat", "renameat2":
		from, to := paths[0], paths[1]
		if !inside(from) || !inside(to) {
			return false
		}
		d.rename(func(n map[string]*inode) { n[to] = n[from]; delete(n, from); dropNil(n, to) })
		return true
	case "link", "linkat":
		from, to := paths[0], paths[1]
		d.rename(func(n map[string]*inode) { n[to] = n[from]; dropNil(n, to) })
		return true
	case "unlink", "unlinkat":
		if p := paths[0]; inside(p) {
			d.rename(func(n map[string]*inode) { delete(n, p) })
			return true
		}
		return false
	}
	f := withFD.FindStringSubmatch(args)
	if f == nil {
		return false
	}
	if call == "write" && f[1] == "1" { // an acknowledgment
		for _, n := range strings.Fields(paths[len(paths)-1]) {
			v, _ := strconv.Atoi(n)
			d.acked = append(d.acked, v)
		}
		return true
	}
	if (call == "fsync" || call == "fdatasync") && string(unpath(f[2])) == dir {
		for _, c := range d.changes {
			c(d.synced)
		}
		d.changes = nil
		return true
	}
	node := d.handles[f[1]]
	if node == nil || !inside(unpath(f[2])) {
		return false
	}
	switch call {
	case "pwrite64", "write":
		data := unhex(texts.FindStringSubmatch(args)[1])
		at := d.offsets[f[1]]
		if call == "pwrite64" {
			at, _ = strconv.ParseInt(args[strings.LastIndex(args, ",")+2:], 10, 64)
		} else {
			d.offsets[f[1]] += int64(len(data))
		}
		node.pending = append(node.pending, write{at: at, data: data})
	case "ftruncate":
		size, _ := strconv.ParseInt(args[strings.LastIndex(args, ",")+2:], 10, 64)
		node.pending = append(node.pending, write{size: size})
	case "fsync", "fdatasync":
		for _, w := range node.pending {
			node.safe = apply(node.safe, w)
		}
		node.pending = nil
	default:
		return false
	}
	return true
}

func dropNil(n map[string]*inode, name string) {
	if n[name] == nil {
		delete(n, name)
	}
}

// unpath reads the path that strace shows behind a descriptor, which it may write in hex.
func unpath(s string) string {
	if strings.HasPrefix(s, `\x`) {
		return string(unhex(s))
	}
	return s
}

// S-33, S-43, S-44: power is lost at any moment of a first creation, of commits and of
// backups: what was acknowledged is there, in the store or, where the store says that it is
// damaged, in the backup that is offered.
func TestPowerLoss(t *testing.T) {
	images := trial.Cases(300, 6000)
	rng := rand.New(rand.NewPCG(5, 5))
	dir := filepath.Join(t.TempDir(), "wxauth")
	path := filepath.Join(dir, "store.db")
	record := filepath.Join(t.TempDir(), "trace")
	cmd := child(path, 0, 40)
	cmd = exec.Command("strace", append([]string{
		"-f", "-y", "-xx", "-s", "1000000", "-o", record,
		"-e", "trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,close",
	}, cmd.Args...)...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s 0 40", childVariable, path), "GOMAXPROCS=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(record)
	must(t, err)
	lines := whole(string(text))
	replay := func(visit func(*disk)) {
		d := &disk{names: map[string]*inode{}, synced: map[string]*inode{}, handles: map[string]*inode{}, offsets: map[string]int64{}}
		for _, l := range lines {
			if d.step(dir, l) {
				visit(d)
			}
		}
	}
	moments := 0
	var last map[string][]byte
	replay(func(d *disk) {
		moments++
		last = map[string][]byte{}
		for name, node := range d.names {
			b := slices.Clone(node.safe)
			for _, w := range node.pending {
				b = apply(b, w)
			}
			last[name] = b
		}
	})
	for _, name := range []string{path, filepath.Join(dir, "key")} { // the replay is what happened
		got, err := os.ReadFile(name)
		must(t, err)
		if !bytes.Equal(got, last[name]) {
			t.Fatalf("%s was not replayed: %d bytes, %d in the file", name, len(last[name]), len(got))
		}
	}
	tried, survived, fromBackup, early, lost := 0, 0, 0, 0, 0
	replay(func(d *disk) {
		for range 1 + images/moments {
			tried++
			img := d.image(rng)
			what := fmt.Sprintf("image %d, %d acknowledged", tried, len(d.acked))
			switch how, err := survives(t, img, d.acked); {
			case err != nil:
				lost++
				t.Errorf("%s: %v", what, err)
			default:
				survived++
				switch how {
				case "backup":
					fromBackup++
				case "nothing yet":
					early++
				}
			}
		}
	})
	trial.Report(t, trial.Figure{
		Name: "simulated power loss", Tried: tried, Survived: survived, Lost: lost,
		Note: fmt.Sprintf("%d system calls; %d before any acknowledged write, %d recovered from the backup", moments, early, fromBackup),
	})
}

// survives writes an image into a folder and looks for what was acknowledged.
func survives(t *testing.T, img map[string][]byte, acked []int) (how string, err error) {
	dir := filepath.Join(t.TempDir(), "wxauth")
	must(t, os.MkdirAll(dir, 0o700))
	defer os.RemoveAll(dir)
	for name, data := range img {
		must(t, os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600))
	}
	path := filepath.Join(dir, "store.db")
	b, err := store.Open(path, store.Keyfile(filepath.Join(dir, "key")))
	must(t, err)
	how = "store"
	if len(acked) > 0 {
		if _, verr := b.Verify(t.Context()); verr != nil {
			backup, ok := b.NewestBackup(t.Context())
			if !ok {
				return "", fmt.Errorf("damaged, and without a good backup: %w", verr)
			}
			if _, err := b.Restore(t.Context(), backup); err != nil {
				return "", err
			}
			how = "backup"
		}
	} else {
		how = "nothing yet"
	}
	for _, n := range acked {
		if err := hasRecord(t.Context(), b, n); err != nil {
			return "", fmt.Errorf("record %d: %w", n, err)
		}
	}
	// Whatever is there, the next change works, or says what is wrong with what is there.
	if err := writeRecord(t.Context(), b, 4_000); err != nil {
		return "", fmt.Errorf("the next change: %w", err)
	}
	return how, nil
}
