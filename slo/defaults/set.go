package defaults

import (
	"time"

	"headroom/slo"
)

// Set is the rules of all documents in their order. A nil Set has none.
type Set struct {
	rules   []rule
	files   []File
	hash    string
	relaxed bool
}

// rule is what one rule gives and asks; what it does not say is zero.
type rule struct {
	source     string // as Value.Source
	match      match
	window     time.Duration
	resolution time.Duration
	owner      string
	channel    string
	runbook    string
	plan       string
	labels     map[string]string
	min, max   slo.Target
	require    []string
	requires   bool // require was given, maybe empty
}

// Hash is "" without any rule, and otherwise differs between sets that give or
// ask something else or name another source.
func (s *Set) Hash() string {
	if s == nil {
		return ""
	}
	return s.hash
}
