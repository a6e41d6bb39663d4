package main

import (
	"strings"
	"testing"
	"time"

	v1 "headroom/api/v1"
)

func TestIncidentsSayWhatTheyCost(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	var b strings.Builder
	err := writeIncidents(&b, []v1.Incidents{{Incidents: []v1.Incident{
		{Start: at, End: at.Add(20 * time.Minute), Excess: 236, Share: 1.3987, Burn: 8.87, Peak: 10.2},
	}}})
	if err != nil || !strings.Contains(b.String(), "2026-11-23 14:00Z  20m     236     140%  8.87  10.2  –") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}

func TestLabelsSayHowToSplit(t *testing.T) {
	for want, labels := range map[string][]v1.Label{
		"No label of the raw series has several values.\n":                             nil,
		"LABEL  VALUES SEEN\nroute  12\n\nSplit by one of them, such as --by route.\n": {{Label: "route", Values: 12}},
	} {
		var b strings.Builder
		if err := writeLabels(&b, labels); err != nil || b.String() != want {
			t.Errorf("%v:\n%s\nwant\n%s", err, b.String(), want)
		}
	}
}
