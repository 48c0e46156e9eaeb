package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/wxauth/wxauth/webex"
)

// Problem is one error in the file.
type Problem struct {
	File string
	Line int
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Problems is everything that is wrong with a file.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// setters say what each key does. The file is walked key by key instead of decoded
// into a struct because the decoder stops at the first value of the wrong type, and
// the user is to hear of all of them.
var setters = map[string]func(*Config, value) error{
	"base_url": func(c *Config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		c.BaseURL = s
		return webex.CheckBaseURL(s)
	},
	"read_only":         func(c *Config, v value) error { return v.boolean(&c.ReadOnly) },
	"theme":             func(c *Config, v value) error { return v.oneOf(&c.Theme, "auto", "dark", "light") },
	"color":             func(c *Config, v value) error { return v.oneOf(&c.Color, "auto", "never") },
	"time_zone":         func(c *Config, v value) error { return v.oneOf(&c.TimeZone, "utc", "local") },
	"webex_clients":     setWebexClients,
	"policy.access":     func(c *Config, v value) (err error) { c.Policy.Access, err = v.duration(); return },
	"policy.refresh":    func(c *Config, v value) (err error) { c.Policy.Refresh, err = v.duration(); return },
	"policy.rules.name": func(c *Config, v value) error { s, err := v.text(); lastRule(c).Name = webex.Untrusted(s); return err },
	"policy.rules.type": setRuleType,
	"policy.rules.lifetime": func(c *Config, v value) error {
		if s, err := v.text(); err == nil && s == "unknown" {
			lastRule(c).Unknown = true
			return nil
		}
		d, err := v.duration()
		lastRule(c).Lifetime = d
		return err
	},
	"policy.rules.client_id": func(c *Config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		lastRule(c).ClientID = webex.ClientID(s)
		return webex.CheckID("client id", s)
	},
}

// tables are the keys that hold others, and arrays those that hold them repeatedly.
var (
	tables = []string{"policy"}
	arrays = []string{"policy.rules"}
)

func lastRule(c *Config) *webex.Rule { return &c.Policy.Rules[len(c.Policy.Rules)-1] }

func setRuleType(c *Config, v value) error {
	var s string
	err := v.oneOf(&s, string(webex.TypeAccess), string(webex.TypeRefresh))
	lastRule(c).Type = webex.Type(s)
	return err
}

func setWebexClients(c *Config, v value) error {
	if v.node.Kind != unstable.Array {
		return v.wrong("a list of client ids, as in [\"C1…\", \"C2…\"]")
	}
	c.Policy.WebexClients = nil
	for it := v.node.Children(); it.Next(); {
		if it.Node().Kind == unstable.Comment {
			continue
		}
		s, err := value{it.Node()}.text()
		if err != nil {
			return err
		}
		if err := webex.CheckID("client id", s); err != nil {
			return err
		}
		c.Policy.WebexClients = append(c.Policy.WebexClients, webex.ClientID(s))
	}
	return nil
}

// value is a node of the file with the checks that setters need.
type value struct{ node *unstable.Node }

func (v value) wrong(want string) error {
	return fmt.Errorf("must be %s, is %s", want, kindWord(v.node.Kind))
}

func kindWord(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a text"
	case unstable.Bool:
		return "true or false"
	case unstable.Integer, unstable.Float:
		return "a number"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a time"
}

func (v value) text() (string, error) {
	if v.node.Kind != unstable.String {
		return "", v.wrong("a text in quotes")
	}
	return string(v.node.Data), nil
}

func (v value) boolean(dst *bool) error {
	if v.node.Kind != unstable.Bool {
		return v.wrong("true or false")
	}
	*dst = string(v.node.Data) == "true"
	return nil
}

func (v value) oneOf(dst *string, allowed ...string) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, s) {
		return fmt.Errorf("must be one of %s, is %q", strings.Join(allowed, ", "), s)
	}
	*dst = s
	return nil
}

func (v value) duration() (d time.Duration, err error) {
	s, err := v.text()
	if err != nil {
		return 0, v.wrong(`a duration in quotes, as "30d"`)
	}
	d, err = ParseDuration(s)
	if err == nil && d == 0 {
		err = errors.New("must be more than nothing")
	}
	return d, err
}

// walker reads the file's expressions one by one.
type walker struct {
	file     string
	data     []byte
	c        *Config
	problems Problems
	seen     map[string]bool
	rules    []ruleAt
}

type ruleAt struct{ index, line int }

// parse reads data into c. The error is a [Problems].
func (c *Config) parse(file string, data []byte) error {
	w := &walker{file: file, data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), c: c, seen: map[string]bool{}}
	w.walk()
	w.checkRules()
	if len(w.problems) > 0 {
		slices.SortStableFunc(w.problems, func(a, b Problem) int { return a.Line - b.Line })
		return w.problems
	}
	return nil
}

func (w *walker) fail(line int, format string, args ...any) {
	w.problems = append(w.problems, Problem{w.file, line, fmt.Sprintf(format, args...)})
}

func (w *walker) walk() {
	var p unstable.Parser
	p.Reset(w.data)
	prefix := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			prefix = w.table(e)
		case unstable.ArrayTable:
			prefix = w.arrayTable(e)
		case unstable.KeyValue:
			if prefix != skip {
				w.keyValue(prefix, e)
			}
		}
	}
	var perr *unstable.ParserError
	if err := p.Error(); errors.As(err, &perr) {
		w.fail(p.Shape(p.Range(perr.Highlight)).Start.Line, "%s", perr.Message)
	} else if err != nil {
		w.fail(1, "%s", err)
	}
}

// skip is the prefix below a table that nobody knows: it is told once.
const skip = "\x00"

func (w *walker) table(e *unstable.Node) string {
	key, line := w.key(e)
	if slices.Contains(arrays, key) {
		w.fail(line, "%s is a list of tables: write [[%s]]", key, key)
		return skip
	}
	if !slices.Contains(tables, key) {
		w.fail(line, "unknown table [%s]%s", key, didYouMean(key, slices.Concat(tables, arrays)))
		return skip
	}
	w.once(key, line)
	return key + "."
}

func (w *walker) arrayTable(e *unstable.Node) string {
	key, line := w.key(e)
	if !slices.Contains(arrays, key) {
		w.fail(line, "unknown table [[%s]]%s", key, didYouMean(key, arrays))
		return skip
	}
	w.newRule(line)
	return key + "."
}

func (w *walker) newRule(line int) {
	w.c.Policy.Rules = append(w.c.Policy.Rules, webex.Rule{})
	w.rules = append(w.rules, ruleAt{len(w.c.Policy.Rules) - 1, line})
	for k := range w.seen {
		if strings.HasPrefix(k, "policy.rules.") {
			delete(w.seen, k)
		}
	}
}

func (w *walker) once(key string, line int) {
	if w.seen[key] {
		w.fail(line, "%s is set twice", key)
	}
	w.seen[key] = true
}

func (w *walker) keyValue(prefix string, e *unstable.Node) {
	key, line := w.key(e)
	key = prefix + key
	v := e.Value()
	switch {
	case slices.Contains(tables, key) && v.Kind == unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			w.keyValue(key+".", it.Node())
		}
		return
	case slices.Contains(arrays, key) && v.Kind == unstable.Array:
		for it := v.Children(); it.Next(); {
			if it.Node().Kind != unstable.InlineTable {
				w.fail(line, "%s: each must be a table", key)
				continue
			}
			w.newRule(line)
			for kv := it.Node().Children(); kv.Next(); {
				w.keyValue(key+".", kv.Node())
			}
		}
		return
	}
	set, ok := setters[key]
	if !ok {
		known := make([]string, 0, len(setters))
		for k := range setters {
			known = append(known, k)
		}
		w.fail(line, "unknown key %s%s", key, didYouMean(key, known))
		return
	}
	if strings.HasPrefix(key, "policy.rules.") && len(w.c.Policy.Rules) == 0 {
		w.fail(line, "%s: write [[policy.rules]] above it", key)
		return
	}
	w.once(key, line)
	if err := set(w.c, value{v}); err != nil {
		w.fail(line, "%s: %s", key, err)
	}
}

// key returns an expression's dotted key and its line.
func (w *walker) key(e *unstable.Node) (string, int) {
	var parts []string
	line := 0
	for it := e.Key(); it.Next(); {
		n := it.Node()
		if line == 0 {
			line = 1 + bytes.Count(w.data[:min(int(n.Raw.Offset), len(w.data))], []byte("\n"))
		}
		part := string(n.Data)
		if strings.ContainsFunc(part, func(r rune) bool { return r < '0' && r != '-' || r > 'z' }) {
			part = strconv.Quote(part)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "."), line
}

// checkRules holds what each rule says together.
func (w *walker) checkRules() {
	for _, at := range w.rules {
		r := w.c.Policy.Rules[at.index]
		if (r.ClientID == "") == (r.Name == "") {
			w.fail(at.line, "policy.rules: give exactly one of client_id and name")
		}
		if r.Lifetime == 0 && !r.Unknown && !w.hasProblemAfter(at.line) {
			w.fail(at.line, `policy.rules: lifetime is missing: a duration, or "unknown"`)
		}
	}
}

// hasProblemAfter keeps a rule whose lifetime was refused from being told twice.
func (w *walker) hasProblemAfter(line int) bool {
	return slices.ContainsFunc(w.problems, func(p Problem) bool {
		return p.Line >= line && strings.Contains(p.Text, "policy.rules.lifetime")
	})
}

// didYouMean suggests the key that differs least.
func didYouMean(key string, known []string) string {
	best, distance := "", 3
	slices.Sort(known)
	for _, k := range known {
		if d := editDistance(key, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
