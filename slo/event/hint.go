package event

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
)

const mend = "mend the CEL at this place"

// functions are what a condition may call, those that matter.
func functions() []string {
	return []string{
		"contains", "startsWith", "endsWith", "matches", "size", "has", "all", "exists", "exists_one", "filter", "map",
		"int", "double", "string", "duration", "timestamp",
	}
}

// syntaxHint tells what was meant by operators of other languages.
func syntaxHint(text string, issues *cel.Issues) string {
	rest := text[offset(text, issues.Errors()[0]):]
	switch {
	case strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "=="):
		return "write == to compare"
	case strings.HasPrefix(rest, "&") && !strings.HasPrefix(rest, "&&"), word(rest) == "and", word(rest) == "AND":
		return "write && for and"
	case strings.HasPrefix(rest, "|") && !strings.HasPrefix(rest, "||"), word(rest) == "or", word(rest) == "OR":
		return "write || for or"
	default:
		return mend
	}
}

func word(text string) string { return text[:wordLength(text)] }

var undeclared = regexp.MustCompile(`undeclared reference to '([^']*)'`)

func typeHint(text, message string) string {
	if found := undeclared.FindStringSubmatch(message); found != nil {
		return undeclaredHint(text, found[1])
	}
	if strings.Contains(message, "no matching overload") {
		return "compare a text with a text in quotes, and a number with a number; queued_for and ran_for are seconds, written as in ran_for / 60.0"
	}
	return mend
}

func undeclaredHint(text, name string) string {
	if strings.EqualFold(name, "not") {
		return "write ! for not"
	}
	kind, names := "use", Variables()
	if regexp.MustCompile(regexp.QuoteMeta(name) + `\s*\(`).MatchString(text) {
		kind, names = "call", functions()
	}
	hint := "a condition may " + kind + " " + strings.Join(names, ", ")
	if near, ok := nearest(name, names); ok {
		return "did you mean " + near + "? " + strings.ToUpper(hint[:1]) + hint[1:]
	}
	return hint
}
