package main

import (
	"strings"
	"testing"

	"headroom/api/v1"
	"headroom/budget/correction"
)

// TestWhyTellsWhatAdjustmentsAdd must not call what an adjustment adds taken
// out, and prints what the gate makes of the budget.
func TestWhyTellsWhatAdjustmentsAdd(t *testing.T) {
	var b strings.Builder
	err := writeWhy(&b, []v1.Why{{
		Corrections: []v1.WhyApplied{
			{ID: "3", Kind: correction.Adjust, Category: correction.WrongData, Bad: -20, Count: 1},
			{ID: "4", Kind: correction.Adjust, Category: correction.WrongData, Bad: 3.21, Total: 7, Count: 1},
			{ID: "5", Kind: correction.Exclude, Category: correction.Maintenance, Bad: 1, Total: 9, Measured: "5m", Life: "5m", Count: 2},
		},
		Verdict: v1.WhyVerdict{Gate: []string{"The policy a waits.", "The policy b does not."}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"     adds 20 bad and 0 events, in 1 interval:\n",
		"     adds -3.21 bad and -7 events, in 1 interval:\n",
		"     takes out 1 bad of 9 events, 5m measured, 5m of life, in 2 intervals:\n",
		"   gate       The policy a waits.\n              The policy b does not.\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

// TestWhyTellsOfFormerIndicators must not make up what was counted then.
func TestWhyTellsOfFormerIndicators(t *testing.T) {
	var b strings.Builder
	note := "Since then the indicator has changed."
	if err := writeWhy(&b, []v1.Why{{Declared: v1.WhyDeclared{SLI: "01234567", Note: note}, Recorded: v1.WhyRecorded{Dialect: "prometheus-3"}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"   indicator  another, sli 01234567\n              " + note + "\n", "It cannot be checked there"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "records no tiles") {
		t.Errorf("it is said to record none:\n%s", b.String())
	}
}
