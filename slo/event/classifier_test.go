package event_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"headroom/slo"
	"headroom/slo/event"
)

// run is a pipeline run on main that waited a minute, took five and succeeded.
func run(change ...func(*event.Event)) event.Event {
	e := event.Event{
		Source: "github", Kind: event.Pipeline, Subject: "acme/shop: build.yml", Run: "17", Attempt: 1,
		Queued: start, Started: start.Add(time.Minute), Finished: start.Add(6 * time.Minute), Outcome: event.Success,
		Branch: "main", Service: "shop/checkout", Attributes: map[string]string{"team": "web"},
	}
	for _, f := range change {
		f(&e)
	}
	return e
}

func failed(e *event.Event) { e.Outcome = event.Failure }

func blame(f event.Fault) func(*event.Event) { return func(e *event.Event) { e.Fault = f } }

func pipelines(change ...func(*slo.Events)) slo.Events {
	in := slo.Events{EventKind: "pipeline"}
	for _, f := range change {
		f(&in)
	}
	return in
}

func where(text string) func(*slo.Events) { return func(in *slo.Events) { in.Where = text } }
func good(text string) func(*slo.Events)  { return func(in *slo.Events) { in.Good = text } }
func ignore(owners ...string) func(*slo.Events) {
	return func(in *slo.Events) { in.Ignore = owners }
}

func within(from, to string, under time.Duration) func(*slo.Events) {
	return func(in *slo.Events) { in.Duration = slo.Duration{From: from, To: to, Under: under} }
}

func TestClassify(t *testing.T) {
	for name, tt := range map[string]struct {
		in   slo.Events
		e    event.Event
		want event.Result
	}{
		"success":                     {pipelines(), run(), event.Good},
		"failure":                     {pipelines(), run(failed), event.Bad},
		"running":                     {pipelines(), run(func(e *event.Event) { e.Outcome = event.Unsettled }), event.Ignored},
		"cancelled":                   {pipelines(), run(func(e *event.Event) { e.Outcome = event.Cancelled }), event.Ignored},
		"skipped":                     {pipelines(good("false")), run(func(e *event.Event) { e.Outcome = event.Skipped }), event.Ignored},
		"other kind":                  {pipelines(), run(func(e *event.Event) { e.Kind = event.Deployment }), event.Ignored},
		"its source":                  {pipelines(func(in *slo.Events) { in.Source = "github" }), run(), event.Good},
		"other source":                {pipelines(func(in *slo.Events) { in.Source = "gitlab" }), run(), event.Ignored},
		"where holds":                 {pipelines(where(`branch == "main" && service.startsWith("shop/")`)), run(failed), event.Bad},
		"where does not hold":         {pipelines(where(`branch == "release"`)), run(failed), event.Ignored},
		"where lacks an attribute":    {pipelines(where(`attributes.region == "eu"`)), run(failed), event.Ignored},
		"where finds an attribute":    {pipelines(where(`attributes.team == "web"`)), run(failed), event.Bad},
		"where asks for an attribute": {pipelines(where(`!("region" in attributes)`)), run(), event.Good},
		"good holds":                  {pipelines(good(`ran_for <= 300 && queued_for == 60.0`)), run(), event.Good},
		"good does not hold":          {pipelines(good(`ran_for < 300`)), run(), event.Bad},
		"good whatever the outcome":   {pipelines(good(`attempt == 1`)), run(failed), event.Good},
		"user's fault ignored":        {pipelines(ignore("user")), run(failed, blame(event.FaultUser)), event.Ignored},
		"platform's fault counts":     {pipelines(ignore("user")), run(failed, blame(event.FaultPlatform)), event.Bad},
		"nobody's fault counts":       {pipelines(ignore("user")), run(failed), event.Bad},
		"nobody's fault is unknown":   {pipelines(ignore("unknown")), run(failed), event.Ignored},
		"success has no fault":        {pipelines(ignore("unknown")), run(), event.Good},
		"fault in a condition":        {pipelines(where(`fault == "unknown"`)), run(failed), event.Bad},
		"at the limit":                {pipelines(within("started", "finished", 5*time.Minute)), run(), event.Good},
		"over the limit":              {pipelines(within("started", "finished", 5*time.Minute-time.Millisecond)), run(), event.Bad},
		"all in all":                  {pipelines(within("queued", "finished", 6*time.Minute)), run(), event.Good},
		"failed in time":              {pipelines(within("started", "finished", 10*time.Minute)), run(failed), event.Ignored},
		"failed late":                 {pipelines(within("started", "finished", time.Minute)), run(failed), event.Bad},
		"failed after it waited":      {pipelines(within("queued", "started", time.Minute)), run(failed), event.Good},
		"ended before it began":       {pipelines(within("started", "finished", time.Minute)), run(func(e *event.Event) { e.Started = e.Finished.Add(time.Second) }), event.Good},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := event.NewClassifier(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Classify(tt.e)
			if err != nil || got != tt.want {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestClassifySaysWhatItCannotJudge(t *testing.T) {
	nobodyKnows := func(e *event.Event) { e.Started = time.Time{} }
	all := `attributes.all(a, attributes.all(b, attributes.all(c, attributes.all(d, a + b + c + d != "x"))))`
	many := func(e *event.Event) {
		for i := range event.MaxAttributes - 1 {
			e.Attributes[strings.Repeat("a", i+1)] = strings.Repeat("b", 1000)
		}
	}
	for name, tt := range map[string]struct {
		in   slo.Events
		e    event.Event
		want string
	}{
		"time":            {pipelines(within("started", "finished", time.Minute)), run(nobodyKnows), "judge the time from started to finished"},
		"time in CEL":     {pipelines(good("ran_for < 60.0")), run(nobodyKnows), "ran_for"},
		"attribute":       {pipelines(good(`attributes.region == "eu"`)), run(), "region"},
		"cost":            {pipelines(good(all)), run(many), "cost"},
		"cost of a where": {pipelines(where(all)), run(many), "cost"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := event.NewClassifier(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Classify(tt.e)
			if got != event.Ignored || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s, %v; want ignored and an error about %q", got, err, tt.want)
			}
		})
	}
}

func TestNewClassifierRefuses(t *testing.T) {
	for _, in := range []slo.Events{pipelines(where("branch ==")), pipelines(good("branch"))} {
		_, err := event.NewClassifier(in)
		var fault *slo.ExprError
		if !errors.As(err, &fault) {
			t.Errorf("%v: %v, want an ExprError", in, err)
		}
	}
}

func TestCheckConditionPointsAtThePlace(t *testing.T) {
	for _, tt := range []struct{ text, check, at string }{
		{`brnch == "main"`, event.CheckType, "brnch"},
		{"branch == \"ü\"\n  && énv", event.CheckSyntax, "é"},
		{`branch == "ü" && nope`, event.CheckType, "nope"},
		{`branch == 1`, event.CheckType, "="},
		{`branch == "main" && outcome == "succes"`, event.CheckValue, `"succes"`},
		{`kind in ["pipeline", 'deploy']`, event.CheckValue, `'deploy'`},
		{`"nobody" != fault`, event.CheckValue, `"nobody"`},
		{`branch`, event.CheckType, "branch"},
		{`ran_for < 600 &&`, event.CheckSyntax, ""},
		{"", event.CheckSyntax, ""},
		{strings.Repeat("(", 500) + "true" + strings.Repeat(")", 500), event.CheckSyntax, ""},
		{"true" + strings.Repeat(" ", event.MaxCondition), event.CheckSyntax, "true" + strings.Repeat(" ", event.MaxCondition)},
	} {
		err := event.CheckCondition(tt.text)
		var fault *slo.ExprError
		if !errors.As(err, &fault) {
			t.Errorf("%.40q: %v, want an ExprError", tt.text, err)
			continue
		}
		if at := tt.text[fault.Start:fault.End]; fault.Check != tt.check || tt.at != "" && at != tt.at {
			t.Errorf("%.40q: %s at %.40q, want %s at %.40q", tt.text, fault.Check, at, tt.check, tt.at)
		}
		if fault.Message == "" || fault.Hint == "" {
			t.Errorf("%.40q: message %q, hint %q", tt.text, fault.Message, fault.Hint)
		}
	}
}

// FuzzClassifier asks that any condition is refused with a place inside it, or
// judges any event within its limits, and always the same.
func FuzzClassifier(f *testing.F) {
	for _, text := range []string{
		`branch == "main"`, `ran_for / 60.0 < 10`, `attributes.team == "web"`, `subject.matches("(a|b)*c")`, `has(attributes.x)`,
		`attributes.all(k, k.size() > 2)`, `[1, 2, 3].map(x, x * 2).exists(y, y == attempt)`, `"`, `((((`, `1 / 0 == 1`, `true ? false : true`, "\xff", "énv == '\n'",
	} {
		f.Add(text, "team", "web")
	}
	f.Fuzz(func(t *testing.T, text, name, value string) {
		err := event.CheckCondition(text)
		var fault *slo.ExprError
		if err != nil {
			if !errors.As(err, &fault) || fault.Start < 0 || fault.Start > fault.End || fault.End > len(text) || fault.Message == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		c, err := event.NewClassifier(pipelines(where(text), good(text)))
		if err != nil {
			t.Fatal(err)
		}
		e := run(func(e *event.Event) { e.Attributes[name] = value })
		began := time.Now()
		first, firstErr := c.Classify(e)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q took %s", text, took)
		}
		second, secondErr := c.Classify(e)
		if first != second || (firstErr == nil) != (secondErr == nil) || first == event.Bad {
			t.Errorf("%q: %s, %v and then %s, %v", text, first, firstErr, second, secondErr)
		}
	})
}
