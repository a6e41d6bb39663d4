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

func TestEdgesOfClocks(t *testing.T) {
	for name, test := range map[string]struct {
		zone, from, to, rule string
		want                 []string // a part of each
	}{
		"begins in the hour twice": {"Europe/Berlin", "2027-10-30T02:30", "2027-10-30T03:00", "FREQ=DAILY;COUNT=9", []string{
			"from: the clocks of Europe/Berlin show 02:30 twice on 2027-10-31: from is meant the first time, at 2027-10-31T00:30:00Z, so that the interval lasts 1h30m; keep it out",
		}},
		"ends in it":     {"Europe/Berlin", "2027-10-30T01:30", "2027-10-30T02:30", "FREQ=DAILY;COUNT=9", []string{"to: the clocks of Europe/Berlin show 02:30 twice on 2027-10-31: to is meant the first time, at 2027-10-31T00:30:00Z, so that the interval lasts 1h;"}},
		"lies in it":     {"Europe/Berlin", "2027-10-30T02:15", "2027-10-30T02:45", "FREQ=DAILY;COUNT=9", []string{"from: ", "to: "}},
		"around it":      {"Europe/Berlin", "2027-10-30T01:00", "2027-10-30T05:00", "FREQ=DAILY", nil},
		"touches it":     {"Europe/Berlin", "2027-10-30T01:00", "2027-10-30T03:00", "FREQ=DAILY", nil},
		"begins with it": {"Europe/Berlin", "2027-10-30T02:00", "2027-10-30T04:00", "FREQ=DAILY;COUNT=9", []string{"02:00 twice"}},
		"begins in the hour skipped": {"Europe/Berlin", "2027-03-21T02:30", "2027-03-21T05:00", "FREQ=WEEKLY;COUNT=9", []string{
			"from: the clocks of Europe/Berlin skip 02:30 on 2027-03-28: from is when they do, at 2027-03-28T01:00:00Z, so that the interval lasts 2h; keep it out",
		}},
		"ends in it, skipped":    {"Europe/Berlin", "2027-03-27T01:00", "2027-03-27T02:30", "FREQ=DAILY;COUNT=9", []string{"to: the clocks of Europe/Berlin skip 02:30 on 2027-03-28: to is when they do, at 2027-03-28T01:00:00Z, so that the interval lasts 1h;"}},
		"lies in it, skipped":    {"Europe/Berlin", "2027-03-27T02:00", "2027-03-27T02:45", "FREQ=DAILY;COUNT=9", []string{"from: the clocks of Europe/Berlin skip 02:00 on 2027-03-28: from is when they do, at 2027-03-28T01:00:00Z, so that the interval is left out", "to: "}},
		"around it, skipped":     {"Europe/Berlin", "2027-03-27T01:00", "2027-03-27T05:00", "FREQ=DAILY;COUNT=9", nil},
		"ends as it does":        {"Europe/Berlin", "2027-03-27T01:00", "2027-03-27T03:00", "FREQ=DAILY;COUNT=9", nil},
		"both, in two years":     {"Europe/Berlin", "2027-01-03T02:30", "2027-01-03T05:00", "FREQ=WEEKLY", []string{"skip 02:30 on 2027-03-28", "02:30 twice on 2027-10-31"}},
		"long over":              {"Europe/Berlin", "2020-01-01T02:30", "2020-01-01T05:00", "FREQ=DAILY;COUNT=365", nil},
		"never those nights":     {"Europe/Berlin", "2027-10-25T02:15", "2027-10-25T02:45", "FREQ=WEEKLY;BYDAY=MO", nil},
		"clocks that do not go":  {"Asia/Kolkata", "2027-10-30T02:15", "2027-10-30T02:45", "FREQ=DAILY", nil},
		"half an hour":           {"Australia/Lord_Howe", "2027-04-03T01:30", "2027-04-03T01:45", "FREQ=DAILY;COUNT=9", []string{"01:30 twice on 2027-04-04", "01:45 twice"}},
		"half an hour, skipped":  {"Australia/Lord_Howe", "2026-10-03T02:15", "2026-10-03T03:00", "FREQ=DAILY;COUNT=9", []string{"skip 02:15 on 2026-10-04: from is when they do, at 2026-10-03T15:30:00Z, so that the interval lasts 30m"}},
		"once":                   {"Europe/Berlin", "2027-10-31T02:30", "2027-10-31T04:00", "", []string{"lasts 2h30m; write it with an offset"}},
		"once, with an offset":   {"Europe/Berlin", "2027-10-31T02:30:00+01:00", "2027-10-31T04:00", "", nil},
		"once, only the end not": {"Europe/Berlin", "2027-10-31T02:15", "2027-10-31T02:30:00+01:00", "", []string{"from is meant"}},
		"no zone":                {"", "2027-10-31T02:30:00+02:00", "2027-10-31T04:00:00+01:00", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			said := terms(t, draft(func(d *correction.Draft) { d.Zone, d.From, d.To, d.Repeat = test.zone, test.from, test.to, test.rule }))
			got := said.Clocks(day(t, "2027-01-01T00:00:00Z"))
			if len(got) != len(test.want) {
				t.Fatalf("got %+v, want %q", got, test.want)
			}
			for i, part := range test.want {
				if !strings.Contains(got[i].Field+": "+got[i].Message+"; "+got[i].Hint, part) {
					t.Errorf("got %+v, want %q", got[i], part)
				}
			}
		})
	}
}
