package rules

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// textOf prints an expression as its String method does, byte by byte the same,
// into one buffer: the parser's own printer joins the text of every node with
// that of its parent again, which is most of the time of a compilation.
func textOf(e parser.Expr) string {
	return string(printExpr(make([]byte, 0, 384), e))
}

// printExpr appends the text of an expression. What the compiler does not build
// itself is left to the parser's printer.
func printExpr(b []byte, e parser.Expr) []byte {
	switch n := e.(type) {
	case written:
		return append(b, n.text...)
	case *parser.ParenExpr:
		return append(printExpr(append(b, '('), n.Expr), ')')
	case *parser.BinaryExpr:
		return printBinary(b, n)
	case *parser.Call:
		return printCall(b, n)
	case *parser.AggregateExpr:
		return printAggregate(b, n)
	case *parser.MatrixSelector:
		return printMatrix(b, n)
	case *parser.VectorSelector:
		return printVector(b, n)
	case *parser.NumberLiteral:
		if !n.Duration {
			return strconv.AppendFloat(b, n.Val, 'f', -1, 64)
		}
	case *parser.StringLiteral:
		return printQuoted(b, n.Val)
	}
	return append(b, e.String()...)
}

func printBinary(b []byte, n *parser.BinaryExpr) []byte {
	m := n.VectorMatching
	plain := m == nil || m.FillValues.LHS == nil && m.FillValues.RHS == nil && (m.Card == parser.CardOneToOne || m.Card == parser.CardManyToMany)
	if !plain {
		return append(b, n.String()...)
	}
	b = append(printExpr(b, n.LHS), ' ')
	b = append(b, n.Op.String()...)
	if n.ReturnBool {
		b = append(b, " bool"...)
	}
	if m != nil && (m.On || len(m.MatchingLabels) > 0) {
		if m.On {
			b = append(b, " on ("...)
		} else {
			b = append(b, " ignoring ("...)
		}
		b = append(printNames(b, m.MatchingLabels), ')')
	}
	return printExpr(append(b, ' '), n.RHS)
}

func printCall(b []byte, n *parser.Call) []byte {
	b = append(append(b, n.Func.Name...), '(')
	for i, arg := range n.Args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = printExpr(b, arg)
	}
	return append(b, ')')
}

func printAggregate(b []byte, n *parser.AggregateExpr) []byte {
	b = append(b, n.Op.String()...)
	if n.Without || len(n.Grouping) > 0 {
		if n.Without {
			b = append(b, " without ("...)
		} else {
			b = append(b, " by ("...)
		}
		b = append(printNames(b, n.Grouping), ") "...)
	}
	b = append(b, '(')
	if n.Op.IsAggregatorWithParam() && n.Param != nil {
		b = append(printExpr(b, n.Param), ", "...)
	}
	return append(printExpr(b, n.Expr), ')')
}

func printMatrix(b []byte, n *parser.MatrixSelector) []byte {
	vs, ok := n.VectorSelector.(*parser.VectorSelector)
	if !ok || n.RangeExpr != nil || modified(vs) {
		return append(b, n.String()...)
	}
	b = append(printName(b, vs), '[')
	b = append(printDuration(b, n.Range), ']')
	if vs.Anchored {
		b = append(b, " anchored"...)
	}
	return printOffset(b, vs.OriginalOffset)
}

func printVector(b []byte, vs *parser.VectorSelector) []byte {
	if modified(vs) {
		return append(b, vs.String()...)
	}
	b = printName(b, vs)
	if vs.Anchored {
		b = append(b, " anchored"...)
	}
	return printOffset(b, vs.OriginalOffset)
}

// modified reports whether a selector has what no compiled rule has.
func modified(vs *parser.VectorSelector) bool {
	return vs.Timestamp != nil || vs.StartOrEnd != 0 || vs.Smoothed || vs.OriginalOffsetExpr != nil
}

func printOffset(b []byte, d time.Duration) []byte {
	switch {
	case d > 0:
		return printDuration(append(b, " offset "...), d)
	case d < 0:
		return printDuration(append(b, " offset -"...), -d)
	}
	return b
}

// printName appends a selector without what stands behind its braces. The
// matchers are in the order of their texts.
func printName(b []byte, vs *parser.VectorSelector) []byte {
	b = append(b, vs.Name...)
	start := len(b)
	var ends []int
	var few [8]int
	ends = few[:0]
	for _, m := range vs.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && m.Value == vs.Name && m.Value != "" {
			continue
		}
		b = printMatcher(append(b, ','), m)
		ends = append(ends, len(b))
	}
	if len(ends) == 0 {
		return b
	}
	inOrder(b, start, ends)
	b[start] = '{'
	return append(b, '}')
}

// inOrder sorts texts that each begin with a comma and stand one after another
// in a buffer, from start up to their ends.
func inOrder(b []byte, start int, ends []int) {
	if len(ends) < 2 {
		return
	}
	parts := make([][]byte, 0, 8)
	from := start
	for _, end := range ends {
		parts = append(parts, b[from+1:end])
		from = end
	}
	if slices.IsSortedFunc(parts, bytes.Compare) {
		return
	}
	for i := range parts {
		parts[i] = bytes.Clone(parts[i])
	}
	slices.SortFunc(parts, bytes.Compare)
	for _, part := range parts {
		b[start] = ','
		start += 1 + copy(b[start+1:], part)
	}
}

func printMatcher(b []byte, m *labels.Matcher) []byte {
	if !model.LegacyValidation.IsValidLabelName(m.Name) {
		return append(b, m.String()...)
	}
	b = append(append(b, m.Name...), m.Type.String()...)
	return printQuoted(b, m.Value)
}

func printNames(b []byte, names []string) []byte {
	for i, name := range names {
		if i > 0 {
			b = append(b, ", "...)
		}
		if model.LegacyValidation.IsValidLabelName(name) {
			b = append(b, name...)
		} else {
			b = strconv.AppendQuote(b, name)
		}
	}
	return b
}

// quoted is strconv.Quote, fast for plain text.
func quoted(s string) string { return string(printQuoted(make([]byte, 0, len(s)+16), s)) }

// printQuoted is strconv.AppendQuote, fast for plain text.
func printQuoted(b []byte, s string) []byte {
	if !printableASCII(s) {
		return strconv.AppendQuote(b, s)
	}
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(append(b, s[from:i]...), '\\')
			from = i
		}
	}
	return append(append(b, s[from:]...), '"')
}

// printDuration is the String method of model.Duration, of durations that are
// not negative.
func printDuration(b []byte, d time.Duration) []byte {
	ms := int64(d / time.Millisecond)
	if ms <= 0 {
		return append(b, model.Duration(d).String()...)
	}
	const s, m, h = 1000, 60_000, 3_600_000
	for _, u := range [...]struct {
		name  string
		long  int64
		exact bool // only where nothing is left after it
	}{
		{"y", 365 * 24 * h, true},
		{"w", 7 * 24 * h, true},
		{"d", 24 * h, false},
		{"h", h, false},
		{"m", m, false},
		{"s", s, false},
		{"ms", 1, false},
	} {
		if n := ms / u.long; n > 0 && (!u.exact || ms%u.long == 0) {
			b = append(strconv.AppendInt(b, n, 10), u.name...)
			ms -= n * u.long
		}
	}
	return b
}
