package manifest

import "headroom/internal/strictyaml"

// These structs are the form of a spec: decoding, the JSON schema and the
// lists of known keys come from them. The tag doc describes a key, example
// shows one, pattern restricts its text, enum lists its values.

type (
	text  = strictyaml.Value[string]
	names = strictyaml.Value[[]text]
	pairs = strictyaml.Value[strictyaml.Map[string]]
)

type serviceForm struct {
	Version     text                                            `yaml:"headroom" schema:"required" example:"headroom: v1" enum:"v1" doc:"Version of the form; always the first key."`
	Service     text                                            `yaml:"service" schema:"required" example:"service: checkout" pattern:"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"What is owned: name, or namespace/name. The namespace is \"default\" when absent."`
	Owner       text                                            `yaml:"owner" max:"200" example:"owner: team-payments" doc:"The team that answers for the service; a label of its alerts."`
	Channel     text                                            `yaml:"channel" max:"200" example:"channel: \"#payments\"" doc:"Where the owner is reached."`
	Description text                                            `yaml:"description" max:"1000" example:"description: Takes orders and payments." doc:"What the service is for, in a sentence."`
	Runbook     text                                            `yaml:"runbook" max:"2000" pattern:"^https?://" example:"runbook: https://wiki.example/checkout" doc:"URL of the page that says what to do; a link in alerts."`
	Labels      pairs                                           `yaml:"labels" max:"500" example:"labels: {tier: \"1\"}" doc:"Labels of the team's own, on slo:info and on alerts."`
	Plan        text                                            `yaml:"plan" example:"plan: quiet" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Alert plan of the objectives. Default: headroom chooses the alerts itself."`
	Objectives  strictyaml.Value[strictyaml.Map[objectiveForm]] `yaml:"objectives,required" example:"objectives: with an objective under it" names:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"The objectives by name."`
}

type objectiveForm struct {
	Description text  `yaml:"description" max:"1000" example:"description: Requests that are answered without a server error." doc:"What is promised, in a sentence; it stands in alerts. Default: the description of the service."`
	Runbook     text  `yaml:"runbook" max:"2000" pattern:"^https?://" example:"runbook: https://wiki.example/checkout" doc:"URL of the page that says what to do, instead of the service's."`
	Labels      pairs `yaml:"labels" max:"500" example:"labels: {tier: \"1\"}" doc:"More labels; one that the service has too takes this value."`
	Plan        text  `yaml:"plan" example:"plan: quiet" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Alert plan, instead of the service's."`
	Target      text  `yaml:"target,required" example:"target: 99.9%" pattern:"^[0-9]{1,2}(\\.[0-9]{1,9})? ?%$" doc:"The wanted share of good events: a percentage between 0% and 100%, with the percent sign."`
	Window      text  `yaml:"window" example:"window: 28d" doc:"How far back events count, at most 366d and at least 60 times the resolution. Default 28d."`
	Resolution  text  `yaml:"resolution" example:"resolution: 5m" doc:"Length of a measured step, 10s to 5m. Default 5m."`
	Group       names `yaml:"group" example:"group: [region]" doc:"Label names: every value of these labels gets a budget of its own."`
	Formerly    names `yaml:"formerly" example:"formerly: [checkout/old-name]" doc:"Earlier ids, whose history this objective continues."`
	indicatorForm
}

// indicatorForm are the keys of an objective of which exactly one is given.
type indicatorForm struct {
	Ratio    strictyaml.Value[ratioForm]       `yaml:"ratio" doc:"Count bad (or good) and total events with counters."`
	Latency  strictyaml.Value[latencyForm]     `yaml:"latency" doc:"Count the requests of a histogram that are under a threshold as good."`
	Gauge    strictyaml.Value[strictyaml.Node] `yaml:"gauge" example:"gauge: probe_success{job=\"blackbox\"}" doc:"Count the samples of a gauge: one selector of a gauge that is 1 when all is well and 0 when not, or a selector with what is good."`
	Raw      strictyaml.Value[rawForm]         `yaml:"raw" doc:"Judge moments by an expression for the share of errors; each look weighs the same, whatever the traffic."`
	Query    strictyaml.Value[queryForm]       `yaml:"query" doc:"Count with PromQL of your own over [$range], such as joins."`
	Events   strictyaml.Value[eventsForm]      `yaml:"events" doc:"Count the runs of pipelines, deployments and the like that headroom was told of."`
	Template strictyaml.Value[templateForm]    `yaml:"template" doc:"Count with a template, which knows the metrics of a well-known system; headroom templates list prints all of them."`
}

type ratioForm struct {
	Bad   text `yaml:"bad" example:"bad: http_requests_total{code=~\"5..\"}" doc:"Counters of bad events: selectors joined by +, -, or and parentheses, without ranges."`
	Good  text `yaml:"good" example:"good: http_requests_total{code!~\"5..\"}" doc:"Counters of good events, instead of bad."`
	Total text `yaml:"total,required" example:"total: http_requests_total" doc:"Counters of all events."`
}

type eventsForm struct {
	Kind   text                              `yaml:"kind,required" example:"kind: pipeline" enum:"pipeline,deployment,provisioning,scaffold,probe" doc:"What ran."`
	Source text                              `yaml:"source" example:"source: github" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Only events of this source. Default: of every source."`
	Where  text                              `yaml:"where" example:"where: 'branch == \"main\"'" doc:"Condition in CEL for the events that count. Default: all."`
	Good   strictyaml.Value[strictyaml.Node] `yaml:"good" example:"good: 'outcome == \"success\"'" doc:"Condition in CEL for good events, or the time within which a run is good. Default: the outcome is success."`
	Ignore names                             `yaml:"ignore" example:"ignore: [cancelled, user]" doc:"Failures that these answer for do not count: platform, user, third-party, cancelled, unknown."`
}

type timeForm struct {
	From  text `yaml:"from,required" example:"from: started" enum:"queued,started" doc:"Where the time begins."`
	To    text `yaml:"to,required" example:"to: finished" enum:"started,finished" doc:"Where the time ends."`
	Under text `yaml:"under,required" example:"under: 10m" doc:"The longest time that is good."`
}
