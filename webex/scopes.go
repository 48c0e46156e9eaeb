package webex

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// ScopeInfo describes a scope.
type ScopeInfo struct {
	Name        string
	Description string
	// Derived is true if Description was derived from Name, because Webex publishes none.
	Derived bool
}

// scopesFile lists the scopes that Webex publishes, in its order, then others seen in its
// documentation and responses. A tab separates the published description, if any.
//
//go:embed scopes.tsv
var scopesFile string

var scopeCatalogue = sync.OnceValue(func() []ScopeInfo {
	var out []ScopeInfo
	for line := range strings.Lines(scopesFile) {
		name, text, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if name == "" {
			continue
		}
		info := ScopeInfo{Name: name, Description: text}
		if text == "" {
			info = derivedScope(name)
		}
		out = append(out, info)
	}
	return out
})

// ScopeCatalogue returns all known scopes with their descriptions. The scopes that Webex
// publishes come first.
func ScopeCatalogue() []ScopeInfo { return slices.Clone(scopeCatalogue()) }

// DescribeScope returns the description of a scope. For an unknown scope it derives one
// from the name. It prefers an exact match and otherwise ignores case.
func DescribeScope(name string) ScopeInfo {
	all := scopeCatalogue()
	i := slices.IndexFunc(all, func(s ScopeInfo) bool { return s.Name == name })
	if i < 0 {
		i = slices.IndexFunc(all, func(s ScopeInfo) bool { return strings.EqualFold(s.Name, name) })
	}
	if i < 0 {
		return derivedScope(name)
	}
	return all[i]
}

// scopeActs maps the suffix of a scope's name to what it allows.
var scopeActs = []struct{ suffix, act string }{
	{"_read", "Read"}, {"_write", "Create, change and delete"}, {"_rw", "Read and change"},
}

// scopeReaches returns, for the prefix of a scope's name, whose data it covers.
func scopeReaches(kind string) string {
	switch kind {
	case "spark":
		return "as the user"
	case "spark-admin":
		return "of the organization"
	case "spark-compliance":
		return "of the organization, as compliance officer"
	case "meeting":
		return "of the user's meetings"
	case "identity":
		return "in the organization's directory"
	case "application":
		return "of the user's applications"
	case "guest-issuer":
		return "as guest issuer"
	case "guest-meeting":
		return "for guests"
	case "analytics":
		return "for analytics"
	case "dedicated-instance-uc":
		return "of a dedicated instance"
	case "cjp", "cloud-contact-center":
		return "of the contact center"
	case "cjds":
		return "of the customer journey"
	}
	return ""
}

// derivedScope describes a scope by the parts of its name: whose data, which data, and what
// it allows.
func derivedScope(name string) ScopeInfo {
	kind, what, ok := strings.Cut(name, ":")
	if !ok {
		return ScopeInfo{Name: name, Description: "Not described by Webex", Derived: true}
	}
	reach := scopeReaches(strings.ToLower(kind))
	if noun, admin := strings.CutPrefix(what, "admin_"); admin {
		what, reach = noun, "of the organization"
	}
	act := "Use"
	switch what {
	case "read":
		return ScopeInfo{name, strings.TrimSpace("Read " + reach), true}
	case "write", "rw":
		return ScopeInfo{name, strings.TrimSpace("Change " + reach), true}
	}
	for _, a := range scopeActs {
		if noun, ok := strings.CutSuffix(what, a.suffix); ok {
			act, what = a.act, noun
			break
		}
	}
	text := act + " " + strings.ReplaceAll(strings.ToLower(what), "_", " ")
	return ScopeInfo{name, strings.TrimSpace(text + " " + reach), true}
}

// HasScope reports whether scopes contains name, ignoring case.
func HasScope(scopes []string, name string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return strings.EqualFold(s, name) })
}

// MissingScopes returns the scopes in asked that granted lacks, ignoring case.
func MissingScopes(asked, granted []string) []string {
	return slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return HasScope(granted, s) })
}
