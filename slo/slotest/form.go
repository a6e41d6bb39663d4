package slotest

import (
	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
)

// These structs are the form of a document: decoding, the JSON schema and the
// order of keys come from them.

type (
	text  = strictyaml.Value[string]
	texts = strictyaml.Value[[]text]
	pairs = strictyaml.Value[strictyaml.Map[string]]
	whens = strictyaml.Value[strictyaml.Map[text]]
)

type testForm struct {
	Version text                           `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Test    text                           `yaml:"test" schema:"required" example:"test: checkout" doc:"Name of the test, shown with its results."`
	Specs   texts                          `yaml:"specs" example:"specs: [slo.yaml]" doc:"Spec files that are tested, relative to this file."`
	Cases   strictyaml.Value[[]caseNotion] `yaml:"cases,required" example:"cases: with a list of cases under it" doc:"What happens and what is expected, one after the other."`
}

type (
	caseNotion     = strictyaml.Value[caseForm]
	incidentNotion = strictyaml.Value[incidentForm]
	seriesNotion   = strictyaml.Value[seriesForm]
	runNotion      = strictyaml.Value[runForm]
	expectNotion   = strictyaml.Value[expectForm]
)

type caseForm struct {
	Name      text                               `yaml:"name,required" example:"name: a bad deploy pages" doc:"What is tested, in a few words."`
	Objective text                               `yaml:"objective" example:"objective: availability" doc:"The objective that is tested: its name, or its id when several services have one."`
	Groups    strictyaml.Value[[]pairs]          `yaml:"groups" example:"groups: [{region: eu}]" doc:"Groups of a grouped objective that get the traffic."`
	For       text                               `yaml:"for,required" example:"for: 2h" doc:"How long the case takes."`
	Interval  text                               `yaml:"interval" example:"interval: 30s" doc:"Time between two samples of series."`
	Before    strictyaml.Value[strictyaml.Node]  `yaml:"before" example:"before: {for: 28d, rate: 100/s, errors: 0.02%}" doc:"What was before the case begins: steady traffic, or how much of the budget is left."`
	Traffic   strictyaml.Value[trafficForm]      `yaml:"traffic" example:"traffic: {rate: 100/s, errors: 0.02%}" doc:"Steady traffic."`
	Incidents strictyaml.Value[[]incidentNotion] `yaml:"incidents" example:"incidents: [{at: 30m, for: 20m, errors: 40%}]" doc:"What differs from the steady traffic, and when."`
	Series    strictyaml.Value[[]seriesNotion]   `yaml:"series" example:"series: [{series: up, values: 1x60}]" doc:"Series of samples, instead of traffic."`
	Runs      strictyaml.Value[[]runNotion]      `yaml:"runs" example:"runs: [{at: 10m, outcome: failure}]" doc:"Runs of pipelines and the like, for objectives of events."`
	Expect    strictyaml.Value[[]expectNotion]   `yaml:"expect,required" example:"expect: with a list of expectations under it" doc:"What is expected of budgets and alerts."`
}

type beforeForm struct {
	For       text `yaml:"for" example:"for: 28d" doc:"How long it was so."`
	Rate      text `yaml:"rate" example:"rate: 100/s" doc:"Events in a time."`
	Errors    text `yaml:"errors" example:"errors: 0.02%" doc:"Share of them that was bad."`
	Remaining text `yaml:"remaining" example:"remaining: 40%" doc:"How much of the budget is left."`
}

type trafficForm struct {
	Rate   text `yaml:"rate" example:"rate: 100/s" doc:"Events in a time."`
	Errors text `yaml:"errors" example:"errors: 0.02%" doc:"Share of them that is bad."`
}

type incidentForm struct {
	At      text  `yaml:"at,required" example:"at: 30m" doc:"When it begins."`
	For     text  `yaml:"for,required" example:"for: 20m" doc:"How long it lasts."`
	Rate    text  `yaml:"rate" example:"rate: 0/s" doc:"Events in a time while it lasts."`
	Errors  text  `yaml:"errors" example:"errors: 40%" doc:"Share of them that is bad."`
	Missing bool  `yaml:"missing" example:"missing: true" doc:"Nothing is scraped while it lasts."`
	Group   pairs `yaml:"group" example:"group: {region: eu}" doc:"The group that it hits; without one all of them."`
}

type seriesForm struct {
	Series text `yaml:"series,required" example:"series: 'http_requests_total{code=\"500\"}'" doc:"Name and labels of a series."`
	Values text `yaml:"values,required" example:"values: 0+5x120" doc:"Its samples in the notation of Prometheus's tests."`
}

type runForm struct {
	At          text  `yaml:"at,required" example:"at: 10m" doc:"When the first one ends."`
	Every       text  `yaml:"every" example:"every: 5m" doc:"Time between two."`
	Times       text  `yaml:"times" example:"times: 12" doc:"How many there are."`
	Outcome     text  `yaml:"outcome" example:"outcome: failure" doc:"How they end."`
	Took        text  `yaml:"took" example:"took: 8m" doc:"How long each took from its start."`
	Waited      text  `yaml:"waited" example:"waited: 1m" doc:"How long each was queued."`
	Fault       text  `yaml:"fault" example:"fault: platform" doc:"Who answers for a failure."`
	Branch      text  `yaml:"branch" example:"branch: main" doc:"Branch that they ran for."`
	Environment text  `yaml:"environment" example:"environment: production" doc:"Environment that they ran for."`
	Source      text  `yaml:"source" example:"source: github" doc:"Source that told of them."`
	Subject     text  `yaml:"subject" example:"subject: checkout" doc:"What they were about."`
	Change      text  `yaml:"change" example:"change: fix" doc:"Kind of change."`
	Attributes  pairs `yaml:"attributes" example:"attributes: {team: payments}" doc:"Further attributes."`
}

type expectForm struct {
	At        text  `yaml:"at" example:"at: 2h" doc:"When it is expected."`
	Group     pairs `yaml:"group" example:"group: {region: eu}" doc:"The group that it is expected of."`
	Remaining text  `yaml:"remaining" example:"remaining: 78% ± 1" doc:"How much of the budget is left."`
	Burn      whens `yaml:"burn" example:"burn: {1h: 3.2 ± 0.1}" doc:"Burn rate over a time before."`
	Ratio     whens `yaml:"error_ratio" example:"error_ratio: {1h: 0.3%}" doc:"Share of bad events over a time before."`
	Bad       text  `yaml:"bad" example:"bad: 120 ± 5" doc:"Bad events in the window."`
	Total     text  `yaml:"total" example:"total: 100000 ± 1%" doc:"All events in the window."`
	Budget    text  `yaml:"budget" example:"budget: healthy" doc:"State of the budget."`
	Data      text  `yaml:"data" example:"data: ok" doc:"State of the data."`

	Alert    text                   `yaml:"alert" example:"alert: page" doc:"An alert, by its severity."`
	Fires    text                   `yaml:"fires" example:"fires: 34m ± 2m" doc:"When it fires."`
	Resolves text                   `yaml:"resolves" example:"resolves: 80m ± 10m" doc:"When it resolves."`
	Times    text                   `yaml:"times" example:"times: 2" doc:"How often it fires."`
	Never    strictyaml.Value[bool] `yaml:"never" example:"never: true" doc:"That it does not fire."`
}

// Schema returns the JSON Schema of a test of objectives.
func Schema() *jsonschema.Schema {
	s := strictyaml.Schema(testForm{})
	s.Title = "headroom test"
	s.Description = "What happens to objectives and what is expected of them, one document of an slo.test.yaml file."
	return s
}

// ExtendSchema lets before be a history, or the word none.
func (*caseForm) ExtendSchema(s *jsonschema.Schema) {
	before := s.Properties.Value("before")
	*before = jsonschema.Schema{
		Description: before.Description, Examples: []any{map[string]any{"for": "28d", "rate": "100/s", "errors": "0.02%"}},
		AnyOf: []*jsonschema.Schema{{Type: "string", Enum: []any{"none"}}, strictyaml.Schema(beforeForm{})},
	}
}
