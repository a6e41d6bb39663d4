package event

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"headroom/slo"
)

// CheckValue is a condition that compares a field with what it never is.
const CheckValue = "cel-value"

// wordsOf returns the values of the fields that have few, nil for others. What
// kind of change a run brings is a text of the source's own.
func wordsOf(field string) []string {
	switch field {
	case "kind":
		return texted(Kinds())
	case "outcome":
		return texted(Outcomes())
	case "fault":
		return texted(Faults())
	default:
		return nil
	}
}

func texted[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// checkWords refuses a condition that compares a field with a word which it
// never is, since that is never true and makes every event bad, or none count.
func checkWords(checked *cel.Ast, text string) error {
	tree := checked.NativeRep()
	w := words{bound: map[string]bool{}}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(w.bind))
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(w.visit))
	if w.wrong == nil {
		return nil
	}
	value, _ := textOf(w.wrong)
	known := wordsOf(w.field)
	hint := w.field + " is one of " + strings.Join(known, ", ")
	if near, ok := nearest(value, known); ok {
		hint = "did you mean " + near + "?"
	}
	start := offset(text, &common.Error{Location: tree.SourceInfo().GetStartLocation(w.wrong.ID())})
	return &slo.ExprError{
		Check: CheckValue, Start: start, End: start + literalLength(text[start:]),
		Message: fmt.Sprintf("%s is never %s", w.field, quote(value)), Hint: hint,
	}
}

// words looks for the first comparison with a word that a field never is.
type words struct {
	bound map[string]bool // names that loops give to other things
	field string
	wrong ast.Expr
}

func (w *words) bind(e ast.Expr) {
	if e.Kind() == ast.ComprehensionKind {
		loop := e.AsComprehension()
		w.bound[loop.IterVar()], w.bound[loop.IterVar2()] = true, true
	}
}

func (w *words) visit(e ast.Expr) {
	if w.wrong != nil || e.Kind() != ast.CallKind {
		return
	}
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case operators.Equals, operators.NotEquals:
		w.compare(args[0], args[1])
		w.compare(args[1], args[0])
	case operators.In:
		if args[1].Kind() == ast.ListKind {
			w.compare(args[0], args[1].AsList().Elements()...)
		}
	}
}

func (w *words) compare(field ast.Expr, values ...ast.Expr) {
	if field.Kind() != ast.IdentKind || w.bound[field.AsIdent()] {
		return
	}
	known := wordsOf(field.AsIdent())
	for _, v := range values {
		text, ok := textOf(v)
		// The empty text is what a field is that nobody reported.
		if known != nil && ok && text != "" && !slices.Contains(known, text) && w.wrong == nil {
			w.field, w.wrong = field.AsIdent(), v
		}
	}
}

// literalLength is the length of the quoted text that a text begins with.
func literalLength(text string) int {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return end + 2
		}
	}
	return wordLength(text)
}
