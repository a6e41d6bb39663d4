package annotation_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"headroom/budget/annotation"
	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/slo"
	"headroom/slo/event"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }

func objective() *slo.Objective {
	return &slo.Objective{ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Owner: "payments"}
}

func TestGather(t *testing.T) {
	list := []annotation.Annotation{
		{ID: "1", Kind: annotation.Note, Start: at(0), End: at(0)},
		{ID: "2", Kind: annotation.Note, Start: at(1), End: at(1), Service: "shop/checkout"},
		{ID: "3", Kind: annotation.Note, Start: at(2), End: at(2), Service: "shop/checkout", Objective: "availability"},
		{ID: "4", Kind: annotation.Hold, Start: at(-90), End: at(-60), Service: "shop/checkout"},
		{ID: "other objective", Kind: annotation.Note, Start: at(3), End: at(3), Service: "shop/checkout", Objective: "latency"},
		{ID: "other service", Kind: annotation.Note, Start: at(3), End: at(3), Service: "shop/search"},
		{ID: "before", Kind: annotation.Note, Start: at(-90), End: at(-61)},
		{ID: "after", Kind: annotation.Note, Start: at(61), End: at(61)},
	}
	source := annotation.SourceFunc(func(context.Context, annotation.Query) ([]annotation.Annotation, error) { return list, nil })
	ids := func(q annotation.Query) string {
		q.From, q.To = at(-60), at(60)
		found, err := annotation.Gather(t.Context(), q, source)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, a := range found {
			ids = append(ids, a.ID)
		}
		return strings.Join(ids, ",")
	}
	for want, q := range map[string]annotation.Query{
		"3,2,1,4":                               {Objective: objective()},
		"3,2":                                   {Objective: objective(), Limit: 2},
		"4":                                     {Objective: objective(), Kinds: []annotation.Kind{annotation.Hold}},
		"other objective,3,2,1,4":               {Service: "shop/checkout"},
		"other objective,other service,3,2,1,4": {},
	} {
		if got := ids(q); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	broken := annotation.SourceFunc(func(context.Context, annotation.Query) ([]annotation.Annotation, error) {
		return nil, errors.New("no disk")
	})
	if _, err := annotation.Gather(t.Context(), annotation.Query{}, source, broken); err == nil {
		t.Error("a source that cannot be read is no error")
	}
}

func TestCheck(t *testing.T) {
	good, err := annotation.Check(annotation.Annotation{Text: " moved the database ", URL: "https://wiki.example/42"}, now)
	if err != nil || good.Text != "moved the database" || good.Kind != annotation.Note || !good.Start.Equal(now) || !good.End.Equal(now) {
		t.Errorf("%+v, %v", good, err)
	}
	for name, a := range map[string]annotation.Annotation{
		"empty":       {Text: " "},
		"long":        {Text: strings.Repeat("ä", annotation.MaxText+1)},
		"lines":       {Text: "a\nb"},
		"escape":      {Text: "a\x1b[2Jb"},
		"reversed":    {Text: "a\u202eb"},
		"no UTF-8":    {Text: "a\xff"},
		"script":      {Text: "a", URL: "javascript:alert(1)"},
		"blank":       {Text: "a", URL: "https://a b"},
		"no service":  {Text: "a", Objective: "availability"},
		"backwards":   {Text: "a", Start: at(1), End: at(0)},
		"far ahead":   {Text: "a", Start: now.AddDate(2, 0, 0)},
		"before 1970": {Text: "a", Start: time.Unix(-1, 0)},
	} {
		if _, err := annotation.Check(a, now); !errors.Is(err, annotation.ErrInvalid) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestFromEvents(t *testing.T) {
	e := event.Event{
		Source: "github", Kind: event.Deployment, Subject: "shop", Run: "7", Attempt: 1, Service: "shop/checkout",
		Finished: at(5), Outcome: event.Failure, Environment: "production\n<b>", Revision: "0123456789abcdef", URL: "javascript:alert(1)",
	}
	running, pipeline, nobodys := e, e, e
	running.Outcome, pipeline.Kind, nobodys.Service = event.Unsettled, event.Pipeline, ""
	list := annotation.FromEvents([]event.Event{e, running, pipeline, nobodys})
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	if a := list[0]; a.Text != "Deployment to production <b> of 0123456789ab failed" || a.URL != "" || !a.Start.Equal(at(5)) || a.Service != "shop/checkout" {
		t.Errorf("%+v", a)
	}
}

func TestFromDecisions(t *testing.T) {
	record := func(id string, verdict gate.Verdict, from, to int, caller string) gate.Record {
		return gate.Record{ID: id, Caller: caller, FirstAt: at(from), LastAt: at(to), Decision: gate.Decision{
			Verdict: verdict, Service: "shop/checkout", Environment: "production", CountedAs: policy.Feature, Summary: "The budget is gone.",
		}}
	}
	list := annotation.FromDecisions([]gate.Record{
		record("5", gate.Allowed, 300, 300, "ci"), record("4", gate.Allowed, 200, 210, "ci"), record("3", gate.Held, 30, 40, "argo"),
		record("2", gate.Held, 10, 100, "ci"), record("1", gate.Allowed, 0, 9, "ci"),
	})
	if len(list) != 2 {
		t.Fatalf("%+v, want a hold and its end", list)
	}
	if a := list[0]; a.Text != "Releases to production held: The budget is gone." || !a.Start.Equal(at(10)) || !a.End.Equal(at(100)) {
		t.Errorf("%+v", a)
	}
	if a := list[1]; a.Text != "Releases to production pass again" || !a.Start.Equal(at(200)) {
		t.Errorf("%+v", a)
	}
}

func TestFromCorrections(t *testing.T) {
	terms := correction.Terms{
		Kind: correction.Exclude, Category: correction.Maintenance, Reason: "new disks", Objectives: correction.Selector{IDs: []slo.ID{{Namespace: "shop", Service: "checkout", Objective: "availability"}}},
		From: at(0), To: at(30),
	}
	in := correction.Correction{ID: "1", Terms: terms, Author: "ann", ApprovedAt: at(0)}
	revoked, pending := in, in
	revoked.RevokedAt, pending.ApprovedAt = at(1), time.Time{}
	q := annotation.Query{Objective: objective(), From: at(-60), To: at(60)}
	list := annotation.FromCorrections([]correction.Correction{in, revoked, pending}, q)
	if len(list) != 2 || list[0].Text != "Does not count (planned-maintenance): new disks" || !list[0].End.Equal(at(30)) || !strings.Contains(list[1].Text, "waits for approval") {
		t.Errorf("%+v", list)
	}
	if list := annotation.FromCorrections([]correction.Correction{in}, annotation.Query{From: at(-60), To: at(60)}); list != nil {
		t.Errorf("without an objective: %+v", list)
	}
}
