package rules

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// Leads returns, of each service among objectives, the one whose rules hold the
// alert about the rules of all of them: the first by its id whose plan has that
// alert. When a whole Prometheus was away, one word for each service is enough.
// All others are compiled with Options.Led.
func Leads(objectives []*slo.Objective) map[slo.ID]bool {
	type service struct{ namespace, name string }
	first := map[service]slo.ID{}
	for _, o := range objectives {
		s := service{o.ID.Namespace, o.ID.Service}
		if id, found := first[s]; alerting.WantsOther(o, alerting.RulesMissed) && (!found || o.ID.Compare(id) < 0) {
			first[s] = o.ID
		}
	}
	leads := make(map[slo.ID]bool, len(first))
	for _, id := range first {
		leads[id] = true
	}
	return leads
}

// serviceAlerts are the alerts about all objectives of the service.
func (h health) serviceAlerts() []Rule {
	list := h.ofNone().alerts(alerting.RulesMissed, maxBy(nil, over("last_over_time", h.ofService(MetricMissed), missedWithin)))
	for i := range list {
		list[i].Labels = labelsOfService(list[i].Labels, h.service())
	}
	return list
}

// ofNone compiles alerts without what is one objective's own: its labels, its
// runbook and its dashboard. The owner is that of the service.
func (h health) ofNone() health {
	o := *h.objective
	o.Labels, o.Runbook = nil, ""
	h.objective, h.options.DashboardURL = &o, ""
	return h.whole()
}

// missedWithin is how old a record of missed evaluations may be: a little more
// than the longest time between two of them.
const missedWithin = slowParts*slo.MaxResolution + slo.MaxResolution

// ofService selects a recorded series of all objectives of the service.
func (h health) ofService(metric string) *parser.VectorSelector {
	return &parser.VectorSelector{Name: metric, LabelMatchers: []*labels.Matcher{
		{Type: labels.MatchRegexp, Name: "slo", Value: regexp.QuoteMeta(h.service()+"/") + ".+"},
	}}
}

// service is the id of the objective's service.
func (h health) service() string { return h.objective.ID.Namespace + "/" + h.objective.ID.Service }

// linksOf say where to look about an alert of a kind.
func (h health) linksOf(k alerting.Kind) []Label {
	list := h.links(k.Alert())
	for i, l := range list {
		if id := h.objective.ID; k == alerting.RulesMissed && l.Name == "detail_url" {
			list[i].Value = literal(h.options.at("/?namespace=" + id.Namespace + "&service=" + id.Service))
		}
	}
	return list
}

// labelsOfService makes the labels of an objective's alert those of its service's.
func labelsOfService(list []Label, service string) []Label {
	list = slices.DeleteFunc(list, func(l Label) bool { return l.Name == "objective" })
	for i := range list {
		if list[i].Name == "slo" {
			list[i].Value = service
		}
	}
	return list
}

// missedShare is the share of evaluations that may be missed.
const missedShare = "0.25"

// missed is the share of evaluations that were missed in as long a time as a
// tile can catch up with: of the short group, or of the tile group, which is
// compared with what the health group recorded.
func (h health) missed() parser.Expr {
	span := catchUpSteps * h.resolution
	count := func(metric string, step time.Duration) parser.Expr {
		return maxBy(nil, over("count_over_time", h.of(metric), span-step/2))
	}
	// Without rules a span ago, they began of late or were stopped for longer.
	ran := maxBy(nil, over("last_over_time", h.ago(MetricTarget, span), 3*h.step))
	runs := either(count(MetricTarget, h.step), zero(ran))
	share := func(runs, of parser.Expr) parser.Expr {
		return above(minus(number("1"), ratio(runs, of)), number(missedShare))
	}
	short := share(runs, number(strconv.Itoa(int(span/h.step))))
	if len(h.selected) == 0 {
		return both(short, ran)
	}
	tile := share(count(MetricTotalTile, h.resolution), atLeast(count(MetricSeries, h.resolution), number(strconv.Itoa(catchUpSteps))))
	return both(either(short, tile), ran)
}
