package draft_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/manifest"
	"headroom/slo/manifest/draft"
)

func TestScalar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{"true", "No", "null", "~", "1", "0x10", "a: b", "a #b", "- a", "{a", "300ms", "99.9%", "a ", "=", "<<", "1e3", "2026-11-23", ".inf"}),
		).Filter(func(s string) bool {
			return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' })
		}).Draw(t, "s")
		var back any
		if err := yaml.Unmarshal([]byte("k: "+draft.Scalar(s)+"\n"), &back); err != nil {
			t.Fatalf("%q is written as %s: %v", s, draft.Scalar(s), err)
		}
		if got := back.(map[string]any)["k"]; got != s {
			t.Fatalf("%q is written as %s and read as %#v", s, draft.Scalar(s), got)
		}
	})
}

func spec() draft.Spec {
	return draft.Spec{
		Service: "payments/checkout", Owner: "team: payments", Channel: "#payments",
		Objectives: []draft.Objective{{
			Name: "availability", Description: "Requests, of all kinds, that succeed (in time).", Target: slo.MustTarget("99.9%"), Comment: "Met over\nthe last 28 days.",
			Template: "otel-http-availability", Values: catalog.Values{"job": catalog.Text(`che"ckout`)},
		}},
	}
}

func TestText(t *testing.T) {
	text, problems := spec().Text(nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := `headroom: v1
service: payments/checkout
owner: "team: payments"
channel: "#payments"
objectives:
  availability:
    description: Requests, of all kinds, that succeed (in time).
    # Met over the last 28 days.
    target: 99.9%
    template:
      name: otel-http-availability
      with:
        job: "che\"ckout"
`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	documents, problems := manifest.Parse("slo.yaml", text)
	if len(problems) > 0 || len(documents) != 1 || len(documents[0].Objectives) != 1 {
		t.Fatalf("the text is read as %v with %v", documents, problems)
	}
	if total := slo.PartOf(documents[0].Objectives[0].Indicator, slo.RoleTotal); !strings.Contains(total, `job="che\"ckout"`) {
		t.Errorf("it counts %s", total)
	}
}

func TestTextRefusesWhatIsNotSound(t *testing.T) {
	s := spec()
	s.Service = "Not A Name"
	if text, problems := s.Text(nil); text != nil || len(problems) == 0 || problems[0].Check != "invalid-name" {
		t.Errorf("got %s with %v", text, problems)
	}
}
