package event_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"headroom/slo/event"
)

func TestValidate(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, tt := range map[string]struct {
		e    event.Event
		want []string // in the error; none for a valid event
	}{
		"valid":          {run(), nil},
		"only a start":   {event.Event{Source: "exec", Kind: event.Probe, Subject: "s", Run: "1", Attempt: 1}, nil},
		"empty":          {event.Event{}, []string{`source ""`, `kind ""`, "subject is missing", "run is missing", "attempt 0"}},
		"unknown words":  {run(func(e *event.Event) { e.Kind, e.Outcome, e.Fault = "build", "ok", "them" }), []string{`kind "build": want one of pipeline`, `outcome "ok"`, `fault "them"`}},
		"no end":         {run(func(e *event.Event) { e.Finished = time.Time{} }), []string{"finished is missing"}},
		"no outcome":     {run(func(e *event.Event) { e.Outcome = "" }), []string{"outcome is missing"}},
		"short service":  {run(func(e *event.Event) { e.Service = "checkout" }), []string{"default/checkout"}},
		"bad service":    {run(func(e *event.Event) { e.Service = "a/b/c" }), []string{"want namespace/name"}},
		"too long":       {run(func(e *event.Event) { e.Subject, e.Run, e.Branch, e.URL = long, long, long, "https://x/"+long }), []string{"subject is longer", "run is longer", "branch is longer", "url is longer"}},
		"not UTF-8":      {run(func(e *event.Event) { e.Branch = "\xff" }), []string{"branch is not UTF-8"}},
		"control":        {run(func(e *event.Event) { e.Revision = "a\x00b" }), []string{"revision has a control character"}},
		"no address":     {run(func(e *event.Event) { e.URL = "javascript:alert(1)" }), []string{"url: want a full address"}},
		"ancient":        {run(func(e *event.Event) { e.Queued = time.Unix(0, 0) }), []string{"queued: the year 1970"}},
		"backwards":      {run(func(e *event.Event) { e.Started = e.Finished.Add(2 * time.Hour) }), []string{"finished is more than 1h before started"}},
		"clocks differ":  {run(func(e *event.Event) { e.Started = e.Finished.Add(time.Minute) }), nil},
		"bad attributes": {run(func(e *event.Event) { e.Attributes = map[string]string{"": "x", "a": long, long: "b"} }), []string{"an attribute has no name", "attribute a is longer", "name of an attribute is longer"}},
		"too many": {run(func(e *event.Event) {
			for i := range 40 {
				e.Attributes[strings.Repeat("a", i+1)] = ""
			}
		}), []string{"41 attributes, want at most 32"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.e.Validate()
			if len(tt.want) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, event.ErrInvalid) {
				t.Fatalf("%v, want ErrInvalid", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v lacks %q", err, want)
				}
			}
		})
	}
}
