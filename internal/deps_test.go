package internal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wxauth/wxauth"

// mayImport says which of our own packages each package may import. What is not
// listed is forbidden: an arrow more is a decision, made here.
var mayImport = map[string][]string{
	"":             {"internal/cli", "internal/environ"},
	"internal":     {},
	"internal/cli": {"internal/output", "internal/session", "internal/app", "internal/audit", "internal/config", "internal/english", "internal/environ", "internal/inventory", "internal/move", "internal/nearest", "internal/postgres", "internal/seal", "internal/store", "ui", "ui/action", "ui/draw", "webex", "webex/webextest"},
	"internal/app": {"internal/audit", "internal/english", "internal/inventory", "internal/nearest", "webex"},
	// joins the others for a run: what flags, environment and file come to
	"internal/session":             {"internal/app", "internal/audit", "internal/config", "internal/inventory", "internal/move", "internal/postgres", "internal/seal", "internal/store", "ui", "ui/action", "webex"},
	"internal/output":              {"ui/draw", "webex"}, // cleans what it prints, and counts cells as the screen does
	"internal/bench":               {},                   // tests alone: benchmarks of the built program
	"internal/bench/peers/hello":   {},
	"internal/bench/peers/list":    {},
	"internal/bench/peers/nethttp": {},
	"internal/bench/peers/table":   {},
	"internal/audit":               {},
	"internal/trial":               {}, // tests alone: a test that is a campaign
	"internal/config":              {"internal/nearest", "webex"},
	"internal/environ":             {}, // imports os and nothing else: it must be initialized first
	"internal/nearest":             {}, // the word that was meant, for whoever reads words
	// what a sweep found: asked by the use cases, the subcommands and the screen
	"internal/inventory":             {"internal/english", "internal/filter", "internal/nearest", "webex"},
	"store":                          {"internal/store", "webex"},                                      // what of it other programs may use
	"internal/store":                 {"internal/seal", "webex"},                                       // its types
	"internal/seal":                  {},                                                               // encryption, for every store
	"internal/postgres/postgrestest": {},                                                               // tests alone: PostgreSQL servers
	"internal/move":                  {"internal/audit", "internal/config", "internal/store", "webex"}, // from one store to another
	"store/storetest":                {"webex"},
	"store/postgres":                 {"internal/postgres", "internal/seal", "store", "webex"},                                                   // what of it other programs may use
	"internal/postgres":              {"internal/audit", "internal/seal", "internal/store", "webex"},                                             // a store for many machines
	"internal/filter":                {},                                                                                                         // the text that narrows a list, of whatever rows
	"internal/english":               {},                                                                                                         // numbers and nouns, for whoever writes them
	"ui":                             {"internal/app", "internal/english", "internal/filter", "internal/nearest", "internal/inventory", "webex"}, // and whatever is below ui
	"ui/dialog":                      {"internal/app", "internal/english", "ui/action", "ui/draw", "ui/view", "webex"},
	"ui/facts":                       {"internal/app", "internal/english", "ui/action", "ui/draw", "ui/view", "webex"},
	"ui/view":                        {"internal/app", "internal/english", "ui/action", "ui/draw", "webex"},
	"ui/list":                        {"internal/english", "internal/filter", "ui/action", "ui/draw"},
	"ui/action":                      {"internal/nearest"}, // what keys do, of whatever view
	"ui/draw":                        {"internal/english"}, // it knows nothing of the domain
	"webex":                          {},
	"webex/webextest":                {},
}

// viewMayImport are the packages that a view may import: a package below ui that is not in
// mayImport. A view knows no other view: what it wants of one it says with a message of
// ui/view.
var viewMayImport = []string{"internal/app", "internal/english", "internal/filter", "internal/inventory", "ui/action", "ui/dialog", "ui/draw", "ui/facts", "ui/list", "ui/view", "webex"}

// never says which packages of others must not be imported where, and why.
var never = []struct{ in, pkg, why string }{
	{"ui", "net/http", "the screen knows no HTTP"},
	{"ui", "os", "the screen reads no file and no environment"},
	{"ui", "go.etcd.io/bbolt", "the screen knows no database"},
	{"internal/app", "net/http/httptest", "tests only"},
	{"webex", "charm.land/bubbletea/v2", "the library knows no screen"},
	{"webex", "os", "the library reads no environment by itself"},
	{"webex", "testing", "tests only"},
	{"internal/store", "net/http", "nothing is sent from inside a transaction"},
	{"webex/webextest", "testing", "a program may run the simulator"},
	{"webex/webextest", "net/http/httptest", "it registers a flag in the program that imports it"},
	{"", "fmt", "main holds signals, streams and the exit, nothing else"},
}

type pkg struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Doc          string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func short(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

// within reports whether a package is the named one, or one of those that the screen is made of.
func within(pkg, name string) bool {
	return pkg == name || name == "ui" && strings.HasPrefix(pkg, "ui/")
}

func TestImportsGoWhereTheyMay(t *testing.T) {
	for _, p := range packages(t) {
		name := short(p.ImportPath)
		allowed, known := mayImport[name]
		if !known && strings.HasPrefix(name, "ui/") {
			allowed, known = viewMayImport, true
		}
		if !known {
			t.Errorf("package %s has no place in the layout: add it to mayImport, with a reason in the commit", name)
			continue
		}
		if name == "internal/environ" && !slices.Equal(p.Imports, []string{"os"}) {
			t.Errorf("%s imports %v: with anything but os it is initialized too late to take secrets away", name, p.Imports)
		}
		for _, imp := range p.Imports {
			if ours := strings.HasPrefix(imp, module); ours && !slices.Contains(allowed, short(imp)) && !(name == "ui" && strings.HasPrefix(short(imp), "ui/")) {
				t.Errorf("%s must not import %s", name, short(imp))
			}
			for _, n := range never {
				if within(name, n.in) && n.pkg == imp {
					t.Errorf("%s must not import %s: %s", name, imp, n.why)
				}
			}
			if strings.HasPrefix(imp, "github.com/charmbracelet/") && !strings.HasPrefix(imp, "github.com/charmbracelet/x/") && imp != "github.com/charmbracelet/colorprofile" {
				t.Errorf("%s imports %s: the current major versions are at charm.land", name, imp)
			}
		}
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("package %s has no package comment", name)
		}
	}
}

// rules are what no line of production code may hold.
var rules = []struct {
	in      string // a folder, "" is all
	pattern string
	why     string
}{
	{"", `http\.(Get|Post|Head|DefaultClient)\b`, "requests go through the client's rules"},
	{"", `InsecureSkipVerify`, "TLS is verified, always"},
	{"", `\bexec\.Command\(`, "other programs are started with a context, in one place"},
	{"internal/app", `exec\.`, "other programs are started by the command line"},
	{"ui", `exec\.`, "other programs are started by the command line"},
	{"webex", `exec\.`, "other programs are started by the command line"},
	{"internal/cli", `http\.(Client|Transport)\{`, "requests go through the client's rules"},
	{"internal/app", `http\.(Client|Transport)\{`, "requests go through the client's rules"},
	{"internal/audit", `bolt\.`, "only the store opens the store"},
	{"ui", `time\.Now\(`, "the time comes with a message"},
	{"ui", `context\.(Background|TODO)\(`, "commands end with the program"},
	{"ui", `string\([a-zA-Z.]*\.(ApplicationName|DisplayName|Department|Message|TrackingID|ClientID|PersonID|ApplicationID)\)`, "text from elsewhere is cleaned first"},
	{"", `(?i)\b(todo|fixme|xxx)\b`, "what is called done is done"},
	{"internal/cli", `bolt\.Open\b`, "only the store opens the store"},
	{"internal/app", `bolt\.Open\b`, "only the store opens the store"},
}

// S-95: what no line of production code may hold.
func TestNoLineBreaksTheRules(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			for n, line := range strings.Split(string(data), "\n") {
				for _, r := range rules {
					if (r.in == "" || within(short(p.ImportPath), r.in)) && regexp.MustCompile(r.pattern).MatchString(line) {
						t.Errorf("%s/%s:%d: %s: %s", short(p.ImportPath), f, n+1, r.why, strings.TrimSpace(line))
					}
				}
			}
		}
	}
}

func TestNoTestIsSkipped(t *testing.T) {
	skip := regexp.MustCompile(`\b[tbf]\.(Skip|Skipf|SkipNow)\(`)
	for _, p := range packages(t) {
		for _, f := range append(p.TestGoFiles, p.XTestGoFiles...) {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if m := skip.Find(data); m != nil {
				t.Errorf("%s/%s: %s", short(p.ImportPath), f, m)
			}
		}
	}
}

// S-90, S-92, S-93.
func TestTheModulePinsWhatItMust(t *testing.T) {
	data, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if !strings.Contains(text, "github.com/mattn/go-runewidth v0.0.31") {
		t.Error("go-runewidth must be v0.0.31: v0.0.26 and v0.0.27 cost 47 ms at every start")
	}
	direct := 0
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, "\t") && !strings.Contains(l, "// indirect") {
			direct++
		}
	}
	if direct > 25+3 { // three more are for tests
		t.Errorf("%d direct dependencies", direct)
	}
}

// S-05: the state of a login is compared in constant time and nowhere else.
func TestTheStateIsComparedInConstantTime(t *testing.T) {
	for _, p := range packages(t) {
		if short(p.ImportPath) != "webex" {
			continue
		}
		for _, f := range p.GoFiles {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			for n, l := range strings.Split(string(data), "\n") {
				if regexp.MustCompile(`[!=]= *\w*\.?[sS]tate\b[^.(]|\b[sS]tate [!=]= [^"]`).MatchString(l) {
					t.Errorf("%s:%d: %s", f, n+1, strings.TrimSpace(l))
				}
			}
			if f == "loopback.go" && !bytes.Contains(data, []byte(`subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state))`)) {
				t.Error("the state is not compared in constant time")
			}
		}
	}
}
