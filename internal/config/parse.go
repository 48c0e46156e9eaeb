package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/webex"
)

// Problem is one error in the file.
type Problem struct {
	File string
	Line int
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Problems contains all errors of a file.
type Problems []Problem

// Error returns the problems, one per line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// walker reads the expressions of a file one by one.
type walker struct {
	file     string
	data     []byte
	c        *Config
	problems Problems
	seen     map[string]bool
	rules    []ruleAt
}

type ruleAt struct{ index, line int }

// parse parses data into c. The error is of type [Problems].
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

// serviceApp is the table of a Service App, at the top level and in each profile.
const serviceApp = "service_app"

// profileTable returns the profile that a table belongs to, for the table of the profile and the
// one of its Service App.
func profileTable(key string) (name string, ok bool) {
	parts := strings.Split(key, ".")
	switch {
	case len(parts) == 2 && parts[0] == "profiles", len(parts) == 3 && parts[0] == "profiles" && parts[2] == serviceApp:
		return parts[1], true
	}
	return "", false
}

// skip is the prefix for keys in an unknown table, which is reported only once.
const skip = "\x00"

func (w *walker) table(e *unstable.Node) string {
	key, line := w.key(e)
	if name, ok := profileTable(key); ok {
		w.once(key, line)
		if !w.profile(name, line) {
			return skip
		}
		return key + "."
	}
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
	_, isProfile := profileTable(key)
	switch {
	case (slices.Contains(tables, key) || isProfile) && v.Kind == unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			w.keyValue(key+".", it.Node())
		}
		return
	case slices.Contains(arrays, key) && v.Kind == unstable.Array:
		for it := v.Children(); it.Next(); {
			if it.Node().Kind != unstable.InlineTable {
				w.fail(line, "%s: each entry must be a table", key)
				continue
			}
			w.newRule(line)
			for kv := it.Node().Children(); kv.Next(); {
				w.keyValue(key+".", kv.Node())
			}
		}
		return
	}
	set, ok := w.setter(key, line)
	if !ok {
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

// setter returns the function that sets a key. It reports unknown keys.
func (w *walker) setter(key string, line int) (func(*Config, value) error, bool) {
	if set, ok := setters[key]; ok {
		return set, true
	}
	table, last, _ := cutLast(key)
	if table == "keys" {
		return keySetter(last, line), true
	}
	if set, ok := clientSetters[last]; ok && table == serviceApp {
		return func(c *Config, v value) error { return set(&c.ServiceApp, v) }, true
	}
	name, isProfile := strings.CutPrefix(table, "profiles.")
	if owner, ok := strings.CutSuffix(name, "."+serviceApp); ok && isProfile && !strings.Contains(owner, ".") && clientSetters[last] != nil {
		if !w.profile(owner, line) {
			return nil, false
		}
		return func(c *Config, v value) error {
			p := c.Profiles[owner]
			err := clientSetters[last](&p.ServiceApp, v)
			c.Profiles[owner] = p
			return err
		}, true
	}
	if set, ok := profileSetters[last]; ok && table == "integration" && !slices.Contains(onlyProfiles, last) {
		return func(c *Config, v value) error { return set(&c.Integration, v) }, true
	} else if ok && isProfile && !strings.Contains(name, ".") {
		if !w.profile(name, line) {
			return nil, false
		}
		return func(c *Config, v value) error {
			p := c.Profiles[name]
			err := set(&p, v)
			c.Profiles[name] = p
			return err
		}, true
	}
	var known []string
	for k := range setters {
		known = append(known, k)
	}
	for k := range clientSetters {
		known = append(known, serviceApp+"."+k)
		if isProfile {
			known = append(known, table+"."+k)
		}
	}
	for k := range profileSetters {
		if isProfile {
			known = append(known, table+"."+k)
		} else if !slices.Contains(onlyProfiles, k) {
			known = append(known, "integration."+k)
		}
	}
	if _, top := setters[last]; top && table != "" {
		w.fail(line, "unknown key %s: %s belongs at the top of the file, above the first [table]", key, last)
		return nil, false
	}
	var below []string // tables that have a key of this name, for a key at the top level
	for _, k := range known {
		if table == "" && strings.HasSuffix(k, "."+last) {
			below = append(below, k)
		}
	}
	if len(below) > 0 {
		slices.Sort(below)
		w.fail(line, "unknown key %s (did you mean %s?)", key, strings.Join(below, " or "))
		return nil, false
	}
	w.fail(line, "unknown key %s%s", key, didYouMean(key, known))
	return nil, false
}

func cutLast(key string) (table, last string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return "", key, false
	}
	return key[:i], key[i+1:], true
}

// profile creates the profile if it does not exist yet. It reports an invalid name and returns
// false.
func (w *walker) profile(name string, line int) bool {
	if err := CheckProfileName(name); err != nil {
		w.fail(line, "profiles.%s: %s", name, err)
		return false
	}
	if _, ok := w.c.Profiles[name]; !ok {
		if w.c.Profiles == nil {
			w.c.Profiles = map[string]Profile{}
		}
		w.c.Profiles[name] = Profile{Name: name}
	}
	return true
}

// key returns the dotted key of an expression, and its line.
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

// checkRules validates each rule as a whole.
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

// hasProblemAfter reports whether there is a problem at or after a line, so that a rule with an
// invalid lifetime isn't reported twice.
func (w *walker) hasProblemAfter(line int) bool {
	return slices.ContainsFunc(w.problems, func(p Problem) bool {
		return p.Line >= line && strings.Contains(p.Text, "policy.rules.lifetime")
	})
}

// didYouMean returns a suggestion with the most similar known key.
func didYouMean(key string, known []string) string {
	best := nearest.Word(key, known)
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}
