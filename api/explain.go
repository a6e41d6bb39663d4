package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/api/web"
	"headroom/budget"
	"headroom/budget/annotation"
	"headroom/budget/correction"
	"headroom/slo"
)

// Bounds of what the page of an objective shows.
const (
	pageAnnotations = 20
	pageWindows     = 6
	pageCharts      = 4 // groups with a chart
	chartPoints     = 168
)

// objectivePagePath is the path of the page of one objective.
const objectivePagePath = "/slos/:namespace/:service/:objective"

// explainRoutes are the pages that explain an objective.
func (s *service) explainRoutes() []route {
	var routes []route
	if s.Why != nil {
		routes = append(routes, route{method: http.MethodGet, path: objectivePagePath + "/why", scope: auth.Read, handler: s.whyPage})
	}
	if s.Insight != nil {
		routes = append(routes, route{method: http.MethodGet, path: objectivePagePath + "/attribution", scope: auth.Read, handler: s.attributionPage})
	}
	return routes
}

// explanation is what the page of an objective tells besides its numbers. The
// metrics store is not asked for it, since pages load themselves again; what
// cannot be read is logged and left out.
func (s *service) explanation(ctx context.Context, id slo.ID) web.Explanation {
	e := web.Explanation{Why: s.Why != nil}
	if s.Insight == nil {
		return e
	}
	o := s.Insight.Objective(id)
	if o == nil {
		return e
	}
	from, to := s.Now().Add(-o.Window.Rolling), s.Now()
	for _, g := range s.Insight.Forecasts(o, 0) {
		e.Forecasts = append(e.Forecasts, v1.NewForecast(id, g))
	}
	for _, g := range s.Insight.Computed(o, from, to, web.MaxIncidents) {
		e.Incidents = append(e.Incidents, v1.NewIncidents(id, g))
	}
	for _, g := range s.Insight.Windows(o, pageWindows) {
		e.Windows = append(e.Windows, v1.NewWindows(id, g))
	}
	groups := s.Insight.Ledger.Groups(id)
	for _, g := range groups[:min(len(groups), pageCharts)] {
		if h, found := s.Insight.Ledger.History(budget.Key{SLO: id, Group: g}, from, to, to, chartPoints); found {
			e.Histories = append(e.Histories, v1.NewSeries(g, h))
		}
	}
	e.Corrections = s.corrected(o, correction.Interval{From: from, To: to})
	store, _ := s.Insight.Store(o)
	e.Attribution = store != nil && o.Indicator.Kind() != (slo.Events{}).Kind()
	list, err := s.Insight.Annotations(ctx, annotation.Query{Objective: o, From: from, To: to, Limit: pageAnnotations})
	if err != nil {
		s.Logger.Error("read what happened around an objective", "slo", id, "error", err)
	}
	e.Annotations = v1.NewAnnotations(list)
	return e
}

// corrected are the corrections that count in a time of an objective, and those
// that would if somebody approved them.
func (s *service) corrected(o *slo.Objective, within correction.Interval) []web.Correction {
	if s.Corrections == nil {
		return nil
	}
	var list []web.Correction
	for _, c := range s.Corrections.List() {
		if c.State() == correction.Revoked || !c.Terms.Objectives.Matches(o) {
			continue
		}
		if times := c.Terms.Intervals(within.From, within.To); len(times) > 0 {
			list = append(list, web.Correction{Correction: v1.NewCorrection(c, s.Now()), Intervals: times, Waits: c.Waits(o)})
		}
	}
	return list
}

// quietFrame is that of a page that does not load itself again: it was asked for
// to be read, and making it costs more.
func (s *service) quietFrame() web.Frame { return web.Frame{Now: s.Now(), Version: s.Version} }

// whyPage tells how the numbers of an objective came to be.
func (s *service) whyPage(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	chains, err := s.tell(c, o)
	if err != nil {
		return err
	}
	page := web.Why{Frame: s.quietFrame(), ID: o.ID, Chains: chains}
	return s.page(c, http.StatusOK, func(w io.Writer) error { return s.pages.Why(w, page) })
}

// attributionPage proposes labels to split bad events by, and splits them by the
// one that is chosen. What the metrics store says against it is told on the page.
func (s *service) attributionPage(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	page := web.Attribution{Frame: s.quietFrame(), ID: o.ID}
	labels, err := s.Insight.Labels(c.Request().Context(), o)
	if err == nil {
		page.Labels = v1.NewLabels(labels)
	}
	if c.QueryParam("by") != "" && err == nil {
		var a v1.Attribution
		if a, err = s.attribution(c, o); err == nil {
			page.Attribution = &a
		}
	}
	var refused *Error
	if err != nil && !errors.As(err, &refused) {
		err = insightError(err)
		errors.As(err, &refused)
	}
	if refused != nil {
		page.Problem = refused.Message
	}
	return s.page(c, http.StatusOK, func(w io.Writer) error { return s.pages.Attribution(w, page) })
}
