package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"headroom/slo"
)

// Set is the plans of all documents. A nil Set has none.
type Set struct {
	plans map[string]*slo.AlertPlan
	hash  string
}

// Find returns the plan of a name, and whether there is one.
func (s *Set) Find(name string) (*slo.AlertPlan, bool) {
	if s == nil {
		return nil, false
	}
	plan, found := s.plans[name]
	return plan, found
}

// Names lists all plans, sorted.
func (s *Set) Names() []string {
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.plans))
}

// Hash is "" without any plan, and otherwise differs between sets of plans that
// say something else.
func (s *Set) Hash() string {
	if s == nil {
		return ""
	}
	return s.hash
}

// MarshalJSON writes the plans, so that Decode reads them again.
func (s *Set) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(s.plans)
}

// Decode reads what MarshalJSON wrote.
func Decode(data []byte) (*Set, error) {
	var plans map[string]*slo.AlertPlan
	if err := json.Unmarshal(data, &plans); err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	return newSet(plans), nil
}

// newSet makes a set of plans; nil without any.
func newSet(plans map[string]*slo.AlertPlan) *Set {
	if len(plans) == 0 {
		return nil
	}
	data, err := json.Marshal(plans)
	if err != nil {
		panic("plans: marshal of plain values: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return &Set{plans: plans, hash: hex.EncodeToString(sum[:8])}
}
