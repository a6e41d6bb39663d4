package defaults

import (
	"maps"
	"time"

	"headroom/slo"
)

// Value is something that a rule gave.
type Value[T any] struct {
	V T
	// Source says which rule, such as "defaults organisation, rule 2
	// (org/defaults.yaml:7)"; "" when no rule gave a value.
	Source string
}

// IsSet reports whether a rule gave the value.
func (v Value[T]) IsSet() bool { return v.Source != "" }

// Given is what the rules give to one objective, unless its spec says
// otherwise, and ask of it.
type Given struct {
	Window, Resolution            Value[time.Duration]
	Owner, Channel, Runbook, Plan Value[string]
	Labels                        map[string]Value[string]
	Min, Max                      Value[slo.Target] // bounds of the target, both included
	// Require lists "owner", "channel", "runbook", "description" and
	// "labels.NAME".
	Require Value[[]string]
}

// For returns what holds for an objective. The rules are asked in their order,
// and each sees the owner and the labels that the spec declares or that an
// earlier rule gave.
func (s *Set) For(subject Subject) Given {
	var given Given
	if s == nil {
		return given
	}
	declared := subject.Labels
	ownOwner := subject.Owner != ""
	for i := range s.rules {
		r := &s.rules[i]
		if !r.match.matches(subject) {
			continue
		}
		given.take(r)
		if s.relaxed {
			given.Min, given.Max, given.Require = Value[slo.Target]{}, Value[slo.Target]{}, Value[[]string]{}
		}
		if !ownOwner && r.owner != "" {
			subject.Owner = r.owner
		}
		if len(r.labels) > 0 {
			labels := maps.Clone(r.labels)
			for name, v := range given.Labels {
				labels[name] = v.V
			}
			maps.Copy(labels, declared)
			subject.Labels = labels
		}
	}
	return given
}

func (g *Given) take(r *rule) {
	set(&g.Window, r.window, r.source)
	set(&g.Resolution, r.resolution, r.source)
	set(&g.Owner, r.owner, r.source)
	set(&g.Channel, r.channel, r.source)
	set(&g.Runbook, r.runbook, r.source)
	set(&g.Plan, r.plan, r.source)
	set(&g.Min, r.min, r.source)
	set(&g.Max, r.max, r.source)
	for name, value := range r.labels {
		if g.Labels == nil {
			g.Labels = map[string]Value[string]{}
		}
		g.Labels[name] = Value[string]{value, r.source}
	}
	if r.requires {
		g.Require = Value[[]string]{r.require, r.source}
	}
}

func set[T comparable](into *Value[T], v T, source string) {
	var zero T
	if v != zero {
		*into = Value[T]{v, source}
	}
}

// Relaxed returns a set that gives the same and asks nothing, for specs that
// were good before something was asked.
func (s *Set) Relaxed() *Set {
	if s == nil {
		return nil
	}
	relaxed := *s
	relaxed.relaxed = true
	relaxed.hash += "-relaxed"
	return &relaxed
}
