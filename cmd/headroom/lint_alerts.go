package main

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"headroom/alerting"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// checkNoAlert is the check of objectives that nobody would hear of.
const checkNoAlert = "no-alert"

// checkContradiction is the check of plans that cannot be meant as they are.
const checkContradiction = "plan-contradiction"

// contradicted warns of objectives whose plan contradicts itself for them.
func contradicted(result manifest.Result) []diag.Problem {
	var problems []diag.Problem
	for _, o := range result.Objectives() {
		plan := alerting.NewPlan(o)
		for _, c := range plan.Contradictions(o) {
			problems = append(problems, warning(result, o, checkContradiction, fmt.Sprintf("plan %s of %s: %s", plan.Name, o.ID, c.Message), c.Hint))
		}
	}
	return problems
}

// warning is a warning at the name of an objective.
func warning(result manifest.Result, o *slo.Objective, check, message, hint string) diag.Problem {
	p := diag.Problem{
		Check: check, Severity: diag.Warning,
		File: o.Place.File, Line: o.Place.Line, Column: o.Place.Column,
		EndColumn: o.Place.Column + utf8.RuneCountInString(o.ID.Objective),
		Message:   message, Hint: hint,
	}
	p.SetExcerpt(lineOf(result, o.Place))
	return p
}

// unheard warns of objectives for which an alert of some severity is not
// possible.
func unheard(result manifest.Result) []diag.Problem {
	var problems []diag.Problem
	for _, o := range result.Objectives() {
		plan := alerting.NewPlan(o)
		for _, severity := range alerting.Severities() {
			if len(plan.Of(severity)) > 0 {
				continue
			}
			problems = append(problems, warning(result, o, checkNoAlert, fmt.Sprintf("objective %s gets no %s alert", o.ID, severity),
				reasonOf(plan, severity)+"; "+remedy(plan)+", and headroom explain shows the plan"))
		}
	}
	return problems
}

func reasonOf(plan alerting.Plan, severity alerting.Severity) string {
	for _, d := range plan.Dropped {
		if d.Preset.Severity == severity {
			return d.Reason
		}
	}
	return "no tier has this severity"
}

// remedy is what would give the objective the alert.
func remedy(plan alerting.Plan) string {
	if plan.Name != "" {
		return "change the tiers of the plan " + plan.Name + ", or choose a longer window or a finer resolution"
	}
	return "a longer window or a finer resolution would leave room for it"
}

// lineOf returns the source line of a place.
func lineOf(result manifest.Result, at slo.Place) string {
	for _, d := range result.Documents {
		if d.File != at.File || at.Line < d.Line {
			continue
		}
		lines := bytes.Split(d.Text, []byte("\n"))
		if n := at.Line - d.Line; n < len(lines) {
			return string(lines[n])
		}
	}
	return ""
}
