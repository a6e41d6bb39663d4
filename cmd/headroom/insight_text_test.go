package main

import (
	"strings"
	"testing"
	"time"

	v1 "headroom/api/v1"
	"headroom/budget/incident"
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

// TestIncidentsLastedToTheSecond tells incidents of less than a minute apart.
func TestIncidentsLastedToTheSecond(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for lasted, want := range map[time.Duration]string{
		20 * time.Second: "20s", 30 * time.Second: "30s", 59 * time.Second: "59s", 90 * time.Second: "2m", 20 * time.Minute: "20m", 90 * time.Minute: "1h30m",
	} {
		var b strings.Builder
		err := writeIncidents(&b, []v1.Incidents{{Incidents: []v1.Incident{{
			Start: at, End: at.Add(lasted), Alerts: []v1.Alerted{{Severity: "page", At: at.Add(lasted), Source: incident.Recorded}},
		}}}})
		if err != nil || !strings.Contains(b.String(), "14:00Z  "+want+" ") || !strings.HasSuffix(b.String(), "page after "+want+"\n") {
			t.Errorf("%s: %v, want %s:\n%s", lasted, err, want, b.String())
		}
	}
}

// TestHistoryClaimsNothingUnmeasured writes dashes where nothing is known, and
// rounds nothing up.
func TestHistoryClaimsNothingUnmeasured(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	none, most, all, left := 0.0, 0.9996, 1.0, 0.71299
	var b strings.Builder
	err := writeHistory(&b, v1.History{Series: []v1.Series{{Points: []v1.Point{
		{End: at},
		{End: at, Measured: &none},
		{End: at, Measured: &none, Bad: 5, Total: 50},
		{End: at, Measured: &most, Remaining: &left, Bad: 3, Total: 1_234_567},
		{End: at, Measured: &all, Remaining: &all},
	}}}})
	const want = `END                BAD  TOTAL  MEASURED  LEFT
2026-11-23 14:00Z  –    –      –         –
2026-11-23 14:00Z  –    –      0%        –
2026-11-23 14:00Z  5    50     0%        –
2026-11-23 14:00Z  3    1.23M  >99.9%    71.2%
2026-11-23 14:00Z  0    0      100%      100%
`
	if err != nil || b.String() != want {
		t.Errorf("%v:\n%s\nwant\n%s", err, b.String(), want)
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
