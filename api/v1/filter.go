package v1

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"headroom/budget"
)

// Filter selects statuses. Its zero value selects all of them; several fields
// must all match.
type Filter struct {
	Namespace string
	Service   string // "name", or "namespace/name"
	Owner     string
	Label     string // "name=value", several with commas: declared labels, or those of the group
	State     budget.State
	Data      budget.DataState
}

// States are the budget states in the order of urgency.
func States() []budget.State {
	return []budget.State{budget.StateExhausted, budget.StateCaution, budget.StateHealthy, budget.StateUnknown}
}

// DataStates are the data states.
func DataStates() []budget.DataState {
	return []budget.DataState{
		budget.DataOK, budget.DataYoung, budget.DataNoTraffic,
		budget.DataUnmeasured, budget.DataAbsent, budget.DataRulesMissing,
	}
}

// ParseFilter reads the query parameters namespace, service, owner, label, state
// and data. A parameter it does not know and a state that does not exist are
// errors: a mistyped filter must not answer with everything.
func ParseFilter(query url.Values) (Filter, error) {
	var f Filter
	for name, values := range query {
		if len(values) > 1 {
			return Filter{}, fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
		}
		if err := f.set(name, values[0]); err != nil {
			return Filter{}, err
		}
	}
	return f, nil
}

func (f *Filter) set(name, value string) error {
	switch name {
	case "namespace":
		f.Namespace = value
	case "service":
		f.Service = value
	case "owner":
		f.Owner = value
	case "label":
		f.Label = value
		_, err := labelPairs(value)
		return err
	case "state":
		f.State = budget.State(value)
		return oneOf(name, f.State, States())
	case "data":
		f.Data = budget.DataState(value)
		return oneOf(name, f.Data, DataStates())
	default:
		return fmt.Errorf("parameter %q is not known: use namespace, service, owner, label, state or data", name)
	}
	return nil
}

func oneOf[T ~string](name string, value T, allowed []T) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return fmt.Errorf("parameter %s: %q is not one of %s", name, string(value), strings.Join(names, ", "))
}

// Query writes the filter as ParseFilter reads it, without empty parameters.
func (f Filter) Query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"namespace": f.Namespace, "service": f.Service, "owner": f.Owner, "label": f.Label,
		"state": string(f.State), "data": string(f.Data),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// Match reports whether a status is selected.
func (f Filter) Match(s SLO) bool {
	return (f.Namespace == "" || f.Namespace == s.ID.Namespace) &&
		(f.Service == "" || f.Service == s.ID.Service || f.Service == s.ID.Namespace+"/"+s.ID.Service) &&
		(f.Owner == "" || f.Owner == s.Owner) &&
		(f.Label == "" || f.matchLabels(s)) &&
		(f.State == "" || f.State == s.BudgetState) &&
		(f.Data == "" || f.Data == s.Data)
}

// Apply returns the selected statuses in their order, never nil.
func (f Filter) Apply(all []SLO) []SLO {
	selected := []SLO{}
	for _, s := range all {
		if f.Match(s) {
			selected = append(selected, s)
		}
	}
	return selected
}
