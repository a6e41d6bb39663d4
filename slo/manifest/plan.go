package manifest

import (
	"fmt"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Plans knows the alert plans that objectives can name.
type Plans interface {
	// Find returns the plan of a name, and whether there is one.
	Find(name string) (*slo.AlertPlan, bool)
	// Names lists all plans, sorted.
	Names() []string
	// Hash differs between sets of plans that say something else.
	Hash() string
}

// plan finds the alert plan that the objective, its service or a default names.
func (h *heir) plan() {
	for _, own := range []text{h.entry.Value.Plan, h.service.Plan} {
		if !own.IsSet() {
			continue
		}
		if own.Node.IsScalar() {
			h.o.Plan = h.findPlan(own.Node, own.V, "")
			h.o.Sources["plan"] = h.source(own.Node)
		}
		return
	}
	if given := h.given.Plan; given.IsSet() {
		h.o.Plan = h.findPlan(h.entry.Key, given.V, ", which is chosen by "+given.Source)
		h.o.Sources["plan"] = given.Source
	}
}

func (h *heir) findPlan(at strictyaml.Node, name, chosen string) *slo.AlertPlan {
	var names []string
	if plans := h.options.Plans; plans != nil {
		if plan, found := plans.Find(name); found {
			return plan
		}
		names = plans.Names()
	}
	hint := "there are no plans: remove the key, or declare a document of the kind plan"
	if near, ok := strictyaml.Nearest(name, names); ok {
		hint = fmt.Sprintf("did you mean %s?", near)
	} else if len(names) > 0 {
		hint = "write one of " + strings.Join(names, ", ")
	}
	h.Report(at, "unknown-plan", fmt.Sprintf("there is no alert plan %q%s", name, chosen), hint)
	return nil
}
