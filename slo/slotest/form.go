package slotest

import "headroom/internal/strictyaml"

// These structs are the form of a document; what a key means stands in
// docs/testing.md.

type (
	text  = strictyaml.Value[string]
	texts = strictyaml.Value[[]text]
	pairs = strictyaml.Value[strictyaml.Map[string]]
	whens = strictyaml.Value[strictyaml.Map[text]]
)

type testForm struct {
	Version text                           `yaml:"headroom"`
	Test    text                           `yaml:"test"`
	Specs   texts                          `yaml:"specs"`
	Cases   strictyaml.Value[[]caseNotion] `yaml:"cases,required" example:"cases: with a list of cases under it"`
}

type (
	caseNotion     = strictyaml.Value[caseForm]
	incidentNotion = strictyaml.Value[incidentForm]
	seriesNotion   = strictyaml.Value[seriesForm]
	runNotion      = strictyaml.Value[runForm]
	expectNotion   = strictyaml.Value[expectForm]
)

type caseForm struct {
	Name      text                               `yaml:"name,required" example:"name: a bad deploy pages"`
	Objective text                               `yaml:"objective"`
	Groups    strictyaml.Value[[]pairs]          `yaml:"groups"`
	For       text                               `yaml:"for,required" example:"for: 2h"`
	Interval  text                               `yaml:"interval"`
	Before    strictyaml.Value[strictyaml.Node]  `yaml:"before"`
	Traffic   strictyaml.Value[trafficForm]      `yaml:"traffic"`
	Incidents strictyaml.Value[[]incidentNotion] `yaml:"incidents"`
	Series    strictyaml.Value[[]seriesNotion]   `yaml:"series"`
	Runs      strictyaml.Value[[]runNotion]      `yaml:"runs"`
	Expect    strictyaml.Value[[]expectNotion]   `yaml:"expect,required" example:"expect: with a list of expectations under it"`
}

type beforeForm struct {
	For       text `yaml:"for"`
	Rate      text `yaml:"rate"`
	Errors    text `yaml:"errors"`
	Remaining text `yaml:"remaining"`
}

type trafficForm struct {
	Rate   text `yaml:"rate"`
	Errors text `yaml:"errors"`
}

type incidentForm struct {
	At      text  `yaml:"at,required" example:"at: 30m"`
	For     text  `yaml:"for,required" example:"for: 20m"`
	Rate    text  `yaml:"rate"`
	Errors  text  `yaml:"errors"`
	Missing bool  `yaml:"missing"`
	Group   pairs `yaml:"group"`
}

type seriesForm struct {
	Series text `yaml:"series,required" example:"series: 'http_requests_total{code=\"500\"}'"`
	Values text `yaml:"values,required" example:"values: 0+5x120"`
}

type runForm struct {
	At          text  `yaml:"at,required" example:"at: 10m"`
	Every       text  `yaml:"every"`
	Times       text  `yaml:"times"`
	Outcome     text  `yaml:"outcome"`
	Took        text  `yaml:"took"`
	Waited      text  `yaml:"waited"`
	Fault       text  `yaml:"fault"`
	Branch      text  `yaml:"branch"`
	Environment text  `yaml:"environment"`
	Source      text  `yaml:"source"`
	Subject     text  `yaml:"subject"`
	Change      text  `yaml:"change"`
	Attributes  pairs `yaml:"attributes"`
}

type expectForm struct {
	At        text  `yaml:"at"`
	Group     pairs `yaml:"group"`
	Remaining text  `yaml:"remaining"`
	Burn      whens `yaml:"burn"`
	Ratio     whens `yaml:"error_ratio"`
	Bad       text  `yaml:"bad"`
	Total     text  `yaml:"total"`
	Budget    text  `yaml:"budget"`
	Data      text  `yaml:"data"`

	Alert    text                   `yaml:"alert"`
	Fires    text                   `yaml:"fires"`
	Resolves text                   `yaml:"resolves"`
	Times    text                   `yaml:"times"`
	Never    strictyaml.Value[bool] `yaml:"never"`
}
