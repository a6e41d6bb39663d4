package synth

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// Bounds of the search for a label value.
const (
	maxExamples = 24  // texts that are made up for one regular expression
	maxExample  = 256 // bytes of such a text
)

// condition is a matcher that a label value must meet, or must not.
type condition struct {
	matcher *labels.Matcher
	violate bool
}

func (c condition) holds(value string) bool { return c.matcher.Matches(value) != c.violate }

// value finds a text that meets every condition on one label; "" leaves the
// label out, which is the last choice.
func value(conditions []condition) (string, bool) {
	var candidates []string
	avoided := false
	for _, c := range conditions {
		equal := c.matcher.Type == labels.MatchEqual || c.matcher.Type == labels.MatchRegexp
		texts := examplesOf(c.matcher)
		if equal != c.violate {
			candidates = append(candidates, texts...)
			continue
		}
		avoided = avoided || slices.ContainsFunc(texts, isNumber)
	}
	candidates = append(candidates, plainWords(avoided)...)
	for _, text := range append(candidates, "") {
		if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(text) }) {
			return text, true
		}
	}
	return "", false
}

// plainWords are values for a label that only has to be different: status codes
// where a number is to be avoided.
func plainWords(numbers bool) []string {
	words := []string{"ok", "other", "a", "x1", "200", "0"}
	if numbers {
		return append([]string{"200", "404", "302", "1", "0"}, words...)
	}
	return words
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// examplesOf returns texts that a matcher is about: the text that it compares
// with, or some that its regular expression matches.
func examplesOf(m *labels.Matcher) []string {
	if m.Type == labels.MatchEqual || m.Type == labels.MatchNotEqual {
		return []string{m.Value}
	}
	parsed, err := syntax.Parse(m.Value, syntax.Perl|syntax.DotNL)
	if err != nil {
		return nil
	}
	return examples(parsed.Simplify(), 0)
}

// examples makes up texts that a regular expression matches. Assertions such as
// \b are taken to hold, so that the caller checks each text.
func examples(re *syntax.Regexp, depth int) []string {
	if depth > 100 {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return classExamples(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"0", "a"}
	case syntax.OpCapture, syntax.OpPlus:
		return examples(re.Sub[0], depth+1)
	case syntax.OpStar:
		return append(examples(re.Sub[0], depth+1), "")
	case syntax.OpQuest:
		return append([]string{""}, examples(re.Sub[0], depth+1)...)
	case syntax.OpRepeat:
		return repeatExamples(re, depth)
	case syntax.OpConcat:
		return concatExamples(re.Sub, depth)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			all = append(all, examples(sub, depth+1)...)
		}
		return all[:min(len(all), maxExamples)]
	case syntax.OpNoMatch:
		return nil
	default: // assertions and the empty match
		return []string{""}
	}
}

func repeatExamples(re *syntax.Regexp, depth int) []string {
	times := max(re.Min, min(1, max(re.Max, 1)))
	var all []string
	for _, one := range examples(re.Sub[0], depth+1) {
		if len(one)*times <= maxExample {
			all = append(all, strings.Repeat(one, times))
		}
	}
	if re.Min == 0 {
		all = append(all, "")
	}
	return all
}

func concatExamples(parts []*syntax.Regexp, depth int) []string {
	all := []string{""}
	for _, part := range parts {
		ends := examples(part, depth+1)
		var longer []string
		for _, begin := range all {
			for _, end := range ends {
				if len(longer) < maxExamples && len(begin)+len(end) <= maxExample {
					longer = append(longer, begin+end)
				}
			}
		}
		all = longer
	}
	return all
}

// classExamples picks characters of a class: a readable one if it has any.
func classExamples(ranges []rune) []string {
	var all []string
	for _, r := range "0a1bA-_ " {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				all = append(all, string(r))
			}
		}
	}
	if len(all) == 0 && len(ranges) > 0 {
		all = append(all, string(ranges[0]))
	}
	return all[:min(len(all), 3)]
}
