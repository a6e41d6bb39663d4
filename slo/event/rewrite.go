package event

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"headroom/slo"
)

// Literal is a text in quotes inside a condition.
type Literal struct {
	Text   string
	Regexp bool // it is the pattern of matches()
	Item   bool // it is an item of a list
}

// syntax only parses. Macros are left as they are written, so that what was
// parsed can be written again.
var syntax = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewCustomEnv(
		cel.ClearMacros(),
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(MaxCondition),
	)
})

// Rewrite returns a condition in which every text in quotes stands replaced, in
// CEL's own notation and so that nothing in a text can end its quotes. For an
// item of a list replace may return any number of texts, otherwise exactly one.
// An error of replace is returned as it is; other errors are *slo.ExprError.
func Rewrite(condition string, replace func(Literal) ([]string, error)) (string, error) {
	if len(condition) > MaxCondition {
		_, err := compile(condition)
		return "", err
	}
	env, err := syntax()
	if err != nil {
		return "", fmt.Errorf("make the language of conditions: %w", err)
	}
	parsed, issues := env.Parse(condition)
	if issues.Err() != nil {
		return "", fault(condition, issues, CheckSyntax, "mend the CEL at this place")
	}
	tree := parsed.NativeRep()
	r := rewriter{replace: replace, factory: ast.NewExprFactory(), roles: map[int64]Literal{}}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(r.mark))
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(r.visit))
	if r.err != nil {
		return "", r.err
	}
	text, err := parser.Unparse(tree.Expr(), tree.SourceInfo(), parser.WrapOnColumn(math.MaxInt))
	if err != nil {
		return "", &slo.ExprError{Check: CheckSyntax, End: len(condition), Message: err.Error(), Hint: "write a simpler condition"}
	}
	return text, nil
}

// rewriter walks over a condition's syntax tree.
type rewriter struct {
	replace func(Literal) ([]string, error)
	factory ast.ExprFactory
	roles   map[int64]Literal // by the id of the expression
	err     error
}

// mark notes which expressions are patterns and items of lists.
func (r *rewriter) mark(e ast.Expr) {
	switch e.Kind() {
	case ast.CallKind:
		call := e.AsCall()
		if args := call.Args(); call.FunctionName() == "matches" && len(args) > 0 {
			r.roles[args[len(args)-1].ID()] = Literal{Regexp: true}
		}
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			r.roles[item.ID()] = Literal{Item: true}
		}
	default: // no other expression gives its parts a role
	}
}

func (r *rewriter) visit(e ast.Expr) {
	if r.err != nil {
		return
	}
	if text, ok := textOf(e); ok && !r.roles[e.ID()].Item {
		if texts := r.texts(e, text); len(texts) == 1 {
			e.SetKindCase(r.factory.NewLiteral(e.ID(), types.String(texts[0])))
		} else if r.err == nil {
			r.err = errors.New("want one text here")
		}
	}
	if e.Kind() != ast.ListKind {
		return
	}
	var items []ast.Expr
	for _, item := range e.AsList().Elements() {
		text, ok := textOf(item)
		if !ok {
			items = append(items, item)
			continue
		}
		for _, t := range r.texts(item, text) {
			items = append(items, r.factory.NewLiteral(item.ID(), types.String(t)))
		}
	}
	e.SetKindCase(r.factory.NewList(e.ID(), items, nil))
}

func (r *rewriter) texts(e ast.Expr, text string) []string {
	literal := r.roles[e.ID()]
	literal.Text = text
	texts, err := r.replace(literal)
	if err != nil {
		r.err = err
	}
	return texts
}

func textOf(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}
