package rules_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// alike draws objectives that differ in what stencils fill in, and now and then
// in more: one in a few of them is of the same kind as another.
func alike(kind string, described bool) *rapid.Generator[*slo.Objective] {
	plain := rapid.SampledFrom([]string{"a", "b", "team-a", "it works.", "4..|5..", "GET", "zqj008jqz", "35714286", "0.001", "1h"})
	text := rapid.OneOf(plain, plain, plain, rapid.StringMatching(`[ -~é]{0,8}`))
	name := rapid.StringMatching(`[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,3})?`)
	return rapid.Custom(func(t *rapid.T) *slo.Objective {
		matcher := func(label string) string { return fmt.Sprintf("%s=%q", label, text.Draw(t, label)) }
		odd := func(what string) bool { return rapid.IntRange(0, 9).Draw(t, what) == 0 }
		return checkout(func(o *slo.Objective) {
			o.ID = slo.ID{Namespace: name.Draw(t, "namespace"), Service: name.Draw(t, "service"), Objective: name.Draw(t, "objective")}
			o.Owner = text.Draw(t, "owner")
			if described {
				o.Description, o.Runbook = text.Draw(t, "description"), text.Draw(t, "runbook")
			}
			if odd("grouped") {
				o.GroupBy = []string{"region"}
			}
			o.Plan = rapid.SampledFrom(planned()).Draw(t, "plan")
			if odd("labelled") {
				o.Labels = map[string]string{"tier": text.Draw(t, "tier")}
			}
			switch kind {
			case "latency":
				o.Indicator = slo.Latency{
					Histogram: "duration_seconds", Under: time.Second, Unit: time.Second,
					Where:     []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", text.Draw(t, "job"))},
					GoodWhere: []*labels.Matcher{labels.MustNewMatcher(labels.MatchNotEqual, "code", text.Draw(t, "code"))},
				}
				return
			case "events":
				o.Indicator = slo.Events{EventKind: "pipeline", Ignore: []string{text.Draw(t, "ignore")}}
				return
			case "gauge":
				o.Indicator = slo.Gauge{Selector: slo.MustCounter("probe_success{" + matcher("job") + "}")}
				return
			}
			all := matcher("job") + "," + matcher("handler")
			total := slo.MustCounter("requests_total{" + all + "}")
			part := slo.MustCounter(fmt.Sprintf("requests_total{%s,code=~%q} + errors_total{%s}", all, "5..", matcher("job")))
			o.Indicator = slo.Ratio{Bad: part, Total: total}
			if kind == "good" {
				o.Indicator = slo.Ratio{Good: part, Total: total}
			}
		})
	})
}

// planned are plans that objectives share.
func planned() []*slo.AlertPlan {
	return []*slo.AlertPlan{
		nil,
		{Name: "quiet", Without: []slo.TierWish{{Severity: "page"}}, Ticket: slo.NoticeWish{Labels: map[string]string{"pager": "{{ `no` }}"}}},
		{Name: "loud", Materiality: "0.01", Page: slo.NoticeWish{Alert: "Loud", Annotations: map[string]string{"note": "zqj008jqz"}}},
		{Name: "loud", Materiality: "0.01", Page: slo.NoticeWish{Alert: "Loud", Annotations: map[string]string{"note": "another"}}},
	}
}

// TestRendererWritesWhatIsCompiled compares the text of many objectives, most of
// which are filled into stencils, with that of their own rules.
func TestRendererWritesWhatIsCompiled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(rules.Dialects()).Draw(t, "dialect")
		options := rules.Options{ExternalURL: rapid.SampledFrom([]string{"", "https://headroom.example"}).Draw(t, "url")}
		style := rules.Style{Indent: rapid.SampledFrom([]string{"", "  "}).Draw(t, "indent")}
		r := rules.NewRenderer(d, options, style)
		for _, o := range rapid.SliceOfN(alike(rapid.SampledFrom([]string{"bad", "good", "latency", "gauge", "events"}).Draw(t, "kind"), rapid.Bool().Draw(t, "described")), 6, 16).Draw(t, "objectives") {
			groups, err := rules.Compile(o, alerting.NewPlan(o), d, options)
			if err != nil {
				continue
			}
			var want, got bytes.Buffer
			if err := rules.WriteGroups(&want, slices.Values(groups), style); err != nil {
				t.Fatal(err)
			}
			if err := r.Write(&got, o); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Fatalf("%s is rendered as\n%s\nand compiled to\n%s", o.ID, &got, &want)
			}
		}
	})
}

// TestRendererOfAllForms renders every form twice beside another one of its
// kind.
func TestRendererOfAllForms(t *testing.T) {
	for _, d := range rules.Dialects() {
		r := rules.NewRenderer(d, rules.Options{}, rules.Style{})
		for range 3 {
			for name, o := range forms() {
				groups, err := rules.Compile(o, alerting.NewPlan(o), d, rules.Options{})
				if err != nil {
					continue // the dialect does not know the form
				}
				var want, got bytes.Buffer
				if err := rules.WriteGroups(&want, slices.Values(groups), rules.Style{}); err != nil {
					t.Fatal(err)
				}
				if err := r.Write(&got, o); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
					t.Errorf("%s, %s: %v, rendered otherwise than compiled", d, name, err)
				}
			}
		}
	}
}

// TestWriteAllIsWrite compares whole documents.
func TestWriteAllIsWrite(t *testing.T) {
	for _, objectives := range [][]*slo.Objective{nil, thousand()[:20], {checkout(), checkout(func(o *slo.Objective) { o.ID.Service = "a" }), checkout(func(o *slo.Objective) { o.ID.Service = "b" })}} {
		groups, err := rules.All(objectives, rules.Prometheus3, rules.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var want, got bytes.Buffer
		if err := rules.Write(&want, groups); err != nil {
			t.Fatal(err)
		}
		if err := rules.NewRenderer(rules.Prometheus3, rules.Options{}, rules.Style{}).WriteAll(&got, objectives); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%d objectives: got\n%.500s\nwant\n%.500s", len(objectives), &got, &want)
		}
	}
}

// TestStencilsKnowEveryField fails when an objective or an indicator gets a field
// that outlineOf has not been told of: say there whether rules depend on it.
func TestStencilsKnowEveryField(t *testing.T) {
	for _, tt := range []struct {
		of   any
		want string
	}{
		{slo.Objective{}, "ID Description Owner Channel Runbook Labels Target Window Resolution Indicator Template GroupBy Formerly Plan Place Sources"},
		{slo.Ratio{}, "Bad Good Total"},
		{slo.Gauge{}, "Selector Good"},
		{slo.Latency{}, "Histogram Where Under Unit Native Buckets GoodWhere"},
	} {
		var names []string
		for f := range reflect.TypeOf(tt.of).Fields() {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%T has the fields %s; outlineOf knows %s", tt.of, got, tt.want)
		}
	}
}
