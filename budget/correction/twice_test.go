package correction_test

import (
	"strings"
	"testing"

	"headroom/budget/correction"
	"headroom/slo"
)

func TestWarningsOfClocks(t *testing.T) {
	objectives := []*slo.Objective{declared("checkout", "team")}
	b := shelved(t, &shelf{}, &objectives)
	c, err := b.Propose(draft(func(d *correction.Draft) { d.From, d.To = "2026-10-25T02:30", "2026-10-25T05:00" }), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if said := b.Warnings(&c); len(said) != 1 || !strings.Contains(said[0], "02:30 twice on 2026-10-25") {
		t.Errorf("got %q", said)
	}
}

func TestEdgesThatClocksShowTwice(t *testing.T) {
	for name, test := range map[string]struct {
		zone, from, to, rule string
		want                 []string // a part of each sentence
	}{
		"begins in it":           {"Europe/Berlin", "2027-10-30T02:30", "2027-10-30T03:00", "FREQ=DAILY", []string{"02:30 twice on 2027-10-31: from is meant the first time, at 2027-10-31T00:30:00Z, so that the interval lasts 1h30m"}},
		"ends in it":             {"Europe/Berlin", "2027-10-30T01:30", "2027-10-30T02:30", "FREQ=DAILY", []string{"02:30 twice on 2027-10-31: to is meant the first time, at 2027-10-31T00:30:00Z, so that the interval lasts 1h;"}},
		"lies in it":             {"Europe/Berlin", "2027-10-30T02:15", "2027-10-30T02:45", "FREQ=DAILY", []string{"from is meant", "to is meant"}},
		"around it":              {"Europe/Berlin", "2027-10-30T01:00", "2027-10-30T05:00", "FREQ=DAILY", nil},
		"touches it":             {"Europe/Berlin", "2027-10-30T01:00", "2027-10-30T03:00", "FREQ=DAILY", nil},
		"begins with it":         {"Europe/Berlin", "2027-10-30T02:00", "2027-10-30T04:00", "FREQ=DAILY", []string{"02:00 twice"}},
		"never that night":       {"Europe/Berlin", "2027-10-25T02:15", "2027-10-25T02:45", "FREQ=WEEKLY;BYDAY=MO", nil},
		"clocks that do not go":  {"Asia/Kolkata", "2027-10-30T02:15", "2027-10-30T02:45", "FREQ=DAILY", nil},
		"half an hour":           {"Australia/Lord_Howe", "2027-04-03T01:30", "2027-04-03T01:45", "FREQ=DAILY", []string{"01:30 twice on 2027-04-04", "01:45 twice"}},
		"once":                   {"Europe/Berlin", "2027-10-31T02:30", "2027-10-31T04:00", "", []string{"lasts 2h30m; write it with an offset"}},
		"once, with an offset":   {"Europe/Berlin", "2027-10-31T02:30:00+01:00", "2027-10-31T04:00", "", nil},
		"once, only the end not": {"Europe/Berlin", "2027-10-31T02:15", "2027-10-31T02:30:00+01:00", "", []string{"from is meant"}},
		"no zone":                {"", "2027-10-31T02:30:00+02:00", "2027-10-31T04:00:00+01:00", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			said := terms(t, draft(func(d *correction.Draft) { d.Zone, d.From, d.To, d.Repeat = test.zone, test.from, test.to, test.rule }))
			got := said.Twice(day(t, "2027-01-01T00:00:00Z"))
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, part := range test.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("got %q, want %q", got[i], part)
				}
			}
		})
	}
}
