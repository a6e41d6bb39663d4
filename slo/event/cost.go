package event

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"

	"headroom/slo"
)

// CheckCost is a condition that may take longer than an event is given.
const CheckCost = "cel-cost"

// maxEstimate is the highest cost that a condition may be estimated at. The
// estimate takes every text and loop for as long as it can be, and is far above
// what evaluation costs; what is over maxCost then is stopped.
const maxEstimate = 20 * maxCost

// checkCost refuses a condition that compiles, and that may cost so much that
// events would not be judged.
func checkCost(env *cel.Env, checked *cel.Ast, text string) error {
	estimate, err := env.EstimateCost(checked, estimator{})
	if err != nil {
		return fmt.Errorf("estimate the cost of a condition: %w", err)
	}
	if estimate.Max <= maxEstimate {
		return nil
	}
	return &slo.ExprError{
		Check: CheckCost, End: len(text), Message: "the condition can take too long",
		Hint: "write fewer loops (all, exists, map, filter) inside one another, and shorter lists",
	}
}

// estimator knows how large the parts of an event can be.
type estimator struct{}

// EstimateSize implements cost.Estimator.
func (estimator) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if path := node.Path(); len(path) == 1 && path[0] == "attributes" {
		return &cost.SizeEstimate{Max: MaxAttributes}
	}
	return &cost.SizeEstimate{Max: MaxURL}
}

// EstimateCallCost implements cost.Estimator.
func (estimator) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}
