package slo

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Placeholder stands in the brackets of a Counts for the range that headroom
// evaluates it over.
const Placeholder = "$range"

// The parser knows no placeholder, so it is shown a duration of the same length
// in its place, and places in the text stay right.
const (
	standIn       = "37411s"
	standInRange  = 37411 * time.Second
	standInPrefix = "[10h23m31s" // as the parser writes it
)

// Counts is a PromQL expression that counts events over a range, which it
// writes as [$range], and whose counts of adjoining ranges add up.
type Counts struct {
	expr parser.Expr // with standInRange in the brackets
	text string      // of expr
}

// ParseCounts reads such an expression. Its error is an *ExprError.
func ParseCounts(s string) (Counts, error) {
	expr, err := ParseRanged(s)
	if err != nil {
		return Counts{}, err
	}
	nameSelectors(expr)
	return Counts{expr: expr, text: expr.String()}, nil
}

// ParseRanged is ParseCounts for who wants to look at the syntax tree, whose
// places are those of the text.
func ParseRanged(s string) (parser.Expr, error) {
	if len(s) > maxExpr {
		return nil, tooLong(s)
	}
	text, places, err := putStandIn(s)
	if err != nil {
		return nil, err
	}
	expr, err := parseAny(text)
	if err != nil {
		var fault *ExprError
		if errors.As(err, &fault) {
			fault.Message = strings.ReplaceAll(fault.Message, standIn, Placeholder)
		}
		return nil, err
	}
	check := &countsCheck{text: text, places: places}
	return expr, check.run(expr)
}

// HideRange writes a duration in place of every placeholder, so that a text
// with them parses as PromQL. ShowRange undoes it.
func HideRange(s string) (string, error) {
	text, _, err := putStandIn(s)
	return text, err
}

// ShowRange writes placeholders in a text that PromQL's printer has written of
// one from HideRange.
func ShowRange(text string) string {
	var b strings.Builder
	for _, p := range pieces(text) {
		code := text[p.start:p.end]
		if !p.opaque {
			code = strings.ReplaceAll(code, standInPrefix, "["+Placeholder)
		}
		b.WriteString(code)
	}
	return b.String()
}

// putStandIn replaces the placeholders outside of string literals and returns
// where they were.
func putStandIn(s string) (text string, places map[int]bool, err error) {
	places = map[int]bool{}
	var b strings.Builder
	for _, p := range pieces(s) {
		code := s[p.start:p.end]
		for !p.opaque {
			before, after, found := strings.Cut(code, "$")
			if !found {
				break
			}
			at := p.end - len(after) - 1
			name := wordOf(after)
			if "$"+name != Placeholder {
				return "", nil, &ExprError{
					Check: CheckSyntax, Start: at, End: at + 1 + len(name),
					Message: fmt.Sprintf("%q is no placeholder", "$"+name), Hint: "the only one is [" + Placeholder + "], in the brackets of a range",
				}
			}
			places[at] = true
			b.WriteString(before + standIn)
			code = after[len(name):]
		}
		b.WriteString(code)
	}
	return b.String(), places, nil
}

func wordOf(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		return s
	}
	return s[:end]
}

// IsZero reports whether the expression was never set.
func (c Counts) IsZero() bool { return c.expr == nil }

// Expr returns the syntax tree with a stand-in for every range, for looking at
// its names. The caller must not change it.
func (c Counts) Expr() parser.Expr { return c.expr }

// String returns the expression in PromQL's canonical notation, with the
// placeholder.
func (c Counts) String() string { return ShowRange(c.text) }

// Over returns the expression over a range, as a tree of the caller's own.
func (c Counts) Over(r time.Duration) parser.Expr {
	expr := mustParse(c.text)
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.MatrixSelector:
			n.Range = r
		case *parser.SubqueryExpr:
			n.Range = r
		}
		return nil
	})
	return expr
}

// mustParse parses what the parser itself has written.
func mustParse(text string) parser.Expr {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		panic("slo: PromQL's own notation does not parse: " + err.Error())
	}
	return expr
}

// parseAny parses any PromQL that yields a vector.
func parseAny(s string) (parser.Expr, error) {
	if len(s) > maxExpr {
		return nil, tooLong(s)
	}
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(s)
	if err != nil {
		return nil, syntaxError(s, err)
	}
	if t := expr.Type(); t != parser.ValueTypeVector {
		return nil, exprError(expr, fmt.Sprintf("the result is a %s, not an instant vector", t), "write an expression with a value for each group, such as a sum")
	}
	return expr, nil
}
