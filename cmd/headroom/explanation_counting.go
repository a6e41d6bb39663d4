package main

import (
	"strings"

	"headroom/slo"
)

// usedTemplate is the template that an indicator comes from.
type usedTemplate struct {
	Name string        `json:"name"`
	With []usedSetting `json:"with"`
}

// usedSetting is the value of one parameter.
type usedSetting struct {
	Parameter string `json:"parameter"`
	Value     string `json:"value"`
	Default   bool   `json:"default"` // the spec does not give it
}

func countingOf(o *slo.Objective) counting {
	in := o.Indicator
	return counting{
		Kind: in.Kind(), Bad: slo.PartOf(in, slo.RoleBad), Good: slo.PartOf(in, slo.RoleGood),
		Total: slo.PartOf(in, slo.RoleTotal), Notes: in.Notes(), Template: templateOf(o.Template),
	}
}

func templateOf(t slo.Template) *usedTemplate {
	if t.IsZero() {
		return nil
	}
	used := usedTemplate{Name: t.Name, With: []usedSetting{}}
	for _, s := range t.With {
		used.With = append(used.With, usedSetting(s))
	}
	return &used
}

// text names the template and its parameters, first those that were given.
func (t *usedTemplate) text() string {
	var given, defaults []string
	for _, s := range t.With {
		if text := s.Parameter + ": " + s.Value; s.Default {
			defaults = append(defaults, text)
		} else {
			given = append(given, text)
		}
	}
	text := t.Name
	if len(given) > 0 {
		text += ", " + strings.Join(given, ", ")
	}
	if len(defaults) > 0 {
		text += " (default " + strings.Join(defaults, ", ") + ")"
	}
	return text
}
