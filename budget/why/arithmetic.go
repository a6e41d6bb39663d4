package why

import (
	"fmt"
	"math/big"
	"strings"

	"headroom/budget"
)

// decimals is how many decimals an inexact result is rounded to.
const decimals = 12

// arithmetic computes a balance again, from the counts and the target's decimal
// alone and in rational numbers, so that each line can be checked on paper.
func arithmetic(s budget.Status, sum budget.TraceSum) []Step {
	b := &s.Balance
	bad, total := big.NewRat(int64(sum.Bad), 100), big.NewRat(int64(sum.Total), 100)
	share, ok := new(big.Rat).SetString(s.Objective.Target.BudgetString())
	if !ok {
		share = new(big.Rat)
	}
	steps := []Step{{
		Name: "coverage", Formula: "measured ÷ life", Calculation: length(sum.Measured) + " ÷ " + length(sum.Life), Value: b.Coverage,
	}}
	if b.Coverage != nil && sum.Life > 0 {
		steps[0].set(big.NewRat(int64(sum.Measured), int64(sum.Life)))
	}
	if b.Total == nil {
		return steps
	}
	add := func(name, formula string, value *float64, result *big.Rat, calculation string, args ...any) {
		step := Step{Name: name, Formula: formula, Value: value, Calculation: fmt.Sprintf(calculation, args...)}
		if result != nil && value != nil {
			step.set(result)
		}
		steps = append(steps, step)
	}
	target := s.Objective.Target.RatioString()
	allowed := new(big.Rat).Mul(share, total)
	ratio, spent, remaining := quotient(bad, total), quotient(bad, allowed), (*big.Rat)(nil)
	if spent != nil {
		remaining = new(big.Rat).Sub(big.NewRat(1, 1), spent)
	}
	add("error ratio", "bad ÷ total", b.ErrorRatio, ratio, "%s ÷ %s", text(bad), text(total))
	add("budget", "(1 − target) × total", b.Budget, allowed, "(1 − %s) × %s", target, text(total))
	add("spent", "bad ÷ ((1 − target) × total)", b.Spent, spent, "%s ÷ ((1 − %s) × %s)", text(bad), target, text(total))
	add("remaining", "1 − bad ÷ ((1 − target) × total)", b.Remaining, remaining, "1 − %s ÷ ((1 − %s) × %s)", text(bad), target, text(total))
	return steps
}

// quotient is nil where there is nothing to divide by.
func quotient(a, b *big.Rat) *big.Rat {
	if b.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(a, b)
}

func (s *Step) set(r *big.Rat) {
	s.Result = text(r)
	written, ok := new(big.Rat).SetString(s.Result)
	s.Exact = ok && written.Cmp(r) == 0
}

// text writes a number as a decimal without needless zeros. Products of counts
// and targets fit in 13 decimals, quotients are rounded.
func text(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if !exact || digits > decimals+1 {
		digits = decimals
	}
	s := r.FloatString(digits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}
