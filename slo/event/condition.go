package event

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"

	"headroom/slo"
)

// The checks that a condition's *slo.ExprError can come from.
const (
	CheckSyntax = "cel-syntax" // it is no CEL
	CheckType   = "cel-type"   // it names what is not there, or is not true or false
)

// Bounds of a condition. What is within them is compiled in milliseconds and
// judges an event in less than one.
const (
	MaxCondition = 4 << 10 // bytes
	maxDepth     = 100     // of nesting
	maxCost      = 100_000 // of one evaluation, in CEL's units
)

// language is the dialect of conditions. It takes megabytes, so it is made
// when the first condition is compiled and not before.
var language = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(MaxCondition),
		cel.CrossTypeNumericComparisons(true),
		cel.Variable("attempt", cel.IntType),
		cel.Variable("attributes", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("queued_for", cel.DoubleType),
		cel.Variable("ran_for", cel.DoubleType),
	}
	for _, name := range texts() {
		options = append(options, cel.Variable(name, cel.StringType))
	}
	return cel.NewEnv(options...)
})

// texts are the variables that are texts.
func texts() []string {
	return []string{"source", "kind", "subject", "service", "run", "outcome", "fault", "environment", "branch", "revision", "change"}
}

// Variables returns the names that a condition may use: the fields of an
// event, and queued_for (queued to started) and ran_for (started to finished)
// in seconds.
func Variables() []string {
	return append(texts(), "attempt", "attributes", "queued_for", "ran_for")
}

// condition is a compiled CEL expression that is true or false for an event.
type condition struct {
	program cel.Program
}

// CheckCondition reports what is wrong with a condition. Its error is an
// *slo.ExprError.
func CheckCondition(text string) error {
	env, checked, err := typed(text)
	if err != nil {
		return err
	}
	if _, err := program(env, checked, text); err != nil {
		return err
	}
	if err := checkWords(checked, text); err != nil {
		return err
	}
	return checkCost(env, checked, text)
}

func compile(text string) (*condition, error) {
	env, checked, err := typed(text)
	if err != nil {
		return nil, err
	}
	return program(env, checked, text)
}

// typed parses a condition and checks its types.
func typed(text string) (*cel.Env, *cel.Ast, error) {
	env, err := language()
	if err != nil {
		return nil, nil, fmt.Errorf("make the language of conditions: %w", err)
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil, &slo.ExprError{Check: CheckSyntax, End: len(text), Message: "the condition is empty", Hint: `write one, such as branch == "main"`}
	}
	if len(text) > MaxCondition {
		return nil, nil, &slo.ExprError{Check: CheckSyntax, End: len(text), Message: fmt.Sprintf("condition longer than %d KiB", MaxCondition>>10), Hint: "write a shorter one"}
	}
	parsed, issues := env.Parse(text)
	if issues.Err() != nil {
		return nil, nil, fault(text, issues, CheckSyntax, syntaxHint(text, issues))
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, nil, fault(text, issues, CheckType, typeHint(text, issues.Errors()[0].Message))
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, nil, &slo.ExprError{
			Check: CheckType, End: len(text),
			Message: fmt.Sprintf("the condition is a %s, not true or false", checked.OutputType()),
			Hint:    `compare it with something, as in branch == "main"`,
		}
	}
	return env, checked, nil
}

func program(env *cel.Env, checked *cel.Ast, text string) (*condition, error) {
	program, err := env.Program(checked, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		// Constant parts are evaluated here, such as a regular expression.
		return nil, &slo.ExprError{Check: CheckType, End: len(text), Message: plain(err.Error()), Hint: "mend the CEL"}
	}
	return &condition{program: program}, nil
}

// fault turns the first of CEL's complaints into one with its place.
func fault(text string, issues *cel.Issues, check, hint string) *slo.ExprError {
	first := issues.Errors()[0]
	start := offset(text, first)
	return &slo.ExprError{Check: check, Start: start, End: start + wordLength(text[start:]), Message: plain(first.Message), Hint: hint}
}

// plain says in few words what CEL's parser and checker say in many.
func plain(message string) string {
	message, _, _ = strings.Cut(message, " (in container '')")
	message, _, _ = strings.Cut(message, " (did you mean ") // the hint says it
	message = strings.TrimPrefix(message, "Syntax error: ")
	if strings.Contains(message, "input '<EOF>'") {
		return "the condition ends too early"
	}
	for _, long := range []string{"mismatched input ", "extraneous input ", "no viable alternative at input ", "token recognition error at: "} {
		if what, found := strings.CutPrefix(message, long); found {
			what, _, _ = strings.Cut(what, " expecting ")
			return "unexpected " + strings.Join(strings.Fields(what), " ")
		}
	}
	return strings.Join(strings.Fields(message), " ")
}

// offset returns the byte at which an error is: CEL counts lines from 1 and
// characters of a line from 0.
func offset(text string, e *common.Error) int {
	at := 0
	for line := 1; line < e.Location.Line(); line++ {
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	column := 0
	for i, r := range text[at:] {
		if column == e.Location.Column() || r == '\n' {
			return at + i
		}
		column++
	}
	return len(text)
}

// wordLength is the length of the name or number that a text begins with, at
// least one character where there is one.
func wordLength(text string) int {
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	if n == 0 && text != "" {
		for i := range text {
			if i > 0 {
				return i
			}
		}
		return len(text)
	}
	return n
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// errMissing says that a condition needs what an event does not have.
var errMissing = errors.New("the event lacks what the condition needs")

// holds evaluates the condition. Its error wraps errMissing when the event has
// no such attribute or time.
func (c *condition) holds(variables map[string]any) (bool, error) {
	value, _, err := c.program.Eval(variables)
	if err != nil {
		if strings.Contains(err.Error(), "no such key") || strings.Contains(err.Error(), "no such attribute") {
			return false, fmt.Errorf("%w: %s", errMissing, plain(err.Error()))
		}
		return false, err
	}
	held, ok := value.Value().(bool)
	if !ok {
		return false, fmt.Errorf("the condition is %v, not true or false", value.Value())
	}
	return held, nil
}

// variables are what a condition sees of an event. Times that are not known
// make none.
func (e Event) variables() map[string]any {
	attributes := e.Attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	v := map[string]any{
		"source": e.Source, "kind": string(e.Kind), "subject": e.Subject, "service": e.Service, "run": e.Run,
		"attempt": int64(e.Attempt), "outcome": string(e.Outcome), "fault": string(e.owner()),
		"environment": e.Environment, "branch": e.Branch, "revision": e.Revision, "change": e.Change,
		"attributes": attributes,
	}
	if d, known := e.between("queued", "started"); known {
		v["queued_for"] = d.Seconds()
	}
	if d, known := e.between("started", "finished"); known {
		v["ran_for"] = d.Seconds()
	}
	return v
}
