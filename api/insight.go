package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/attribution"
	"headroom/budget/insight"
	"headroom/rules"
	"headroom/slo"
)

// objectivePath is the path of one objective.
const objectivePath = slosPath + "/:namespace/:service/:objective"

func (s *service) insightRoutes() []route {
	if s.Insight == nil {
		return nil
	}
	get := func(path string, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: path, scope: auth.Read, handler: handler}
	}
	return []route{
		get(objectivePath+"/incidents", s.getIncidents),
		get(objectivePath+"/forecast", s.getForecast),
		get(objectivePath+"/windows", s.getWindows),
		get(objectivePath+"/attribution", s.getAttribution),
		get(objectivePath+"/labels", s.getLabels),
		get(annotationsPath, s.listAnnotations),
	}
}

func invalid(err error) error { return &Error{Code: v1.CodeInvalid, Message: err.Error()} }

// span reads what time is asked about; without a say it is the objective's
// window that ends now.
func (s *service) span(o *slo.Objective, asked v1.Span) (from, to time.Time, err error) {
	from, to, err = asked.Resolve(s.Now(), o.Window.Rolling)
	if err != nil {
		return from, to, invalid(err)
	}
	return from, to, nil
}

func (s *service) getIncidents(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	asked, err := v1.ParseSpan(c.QueryParams())
	if err != nil {
		return invalid(err)
	}
	from, to, err := s.span(o, asked)
	if err != nil {
		return err
	}
	all := []v1.Incidents{}
	for _, g := range s.Insight.Incidents(c.Request().Context(), o, from, to) {
		all = append(all, v1.NewIncidents(o.ID, g))
	}
	return tagged(c, all)
}

func (s *service) getForecast(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	lookback, err := v1.ParseForecastQuery(c.QueryParams())
	if err != nil {
		return invalid(err)
	}
	if lookback > o.Window.Rolling || lookback > 0 && lookback < o.Resolution {
		return &Error{Code: v1.CodeInvalid, Message: "parameter lookback: give a time from " + slo.FormatDuration(o.Resolution) + ", the resolution, to " + o.Window.String() + ", the window"}
	}
	all := []v1.Forecast{}
	for _, g := range s.Insight.Forecasts(o, lookback) {
		all = append(all, v1.NewForecast(o.ID, g))
	}
	return tagged(c, all)
}

func (s *service) getWindows(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	limit, err := v1.ParseWindowsQuery(c.QueryParams())
	if err != nil {
		return invalid(err)
	}
	all := []v1.Windows{}
	for _, g := range s.Insight.Windows(o, limit) {
		all = append(all, v1.NewWindows(o.ID, g))
	}
	return tagged(c, all)
}

func (s *service) getAttribution(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	a, err := s.attribution(c, o)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

// attribution splits what the parameters ask about.
func (s *service) attribution(c echo.Context, o *slo.Objective) (v1.Attribution, error) {
	query, err := v1.ParseAttributionQuery(c.QueryParams())
	if err != nil {
		return v1.Attribution{}, invalid(err)
	}
	from, to, err := s.span(o, query.Span)
	if err != nil {
		return v1.Attribution{}, err
	}
	a, err := s.Insight.Attribution(c.Request().Context(), o, query.Group, query.By, from, to, query.Limit)
	if err != nil {
		return v1.Attribution{}, insightError(err)
	}
	return v1.NewAttribution(o.ID, query.Group, a), nil
}

func (s *service) getLabels(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	labels, err := s.Insight.Labels(c.Request().Context(), o)
	if err != nil {
		return insightError(err)
	}
	return c.JSON(http.StatusOK, v1.NewLabels(labels))
}

// insightError says who is at fault that bad events could not be split.
func insightError(err error) error {
	switch {
	case errors.Is(err, rules.ErrNotAttributable), errors.Is(err, attribution.ErrNothingRead):
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	case errors.Is(err, insight.ErrNoStore):
		return &Error{Code: v1.CodeUnavailable, Message: err.Error()}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: v1.CodeUnavailable, Message: "the metrics store did not answer in time: ask for a shorter time", Cause: err}
	default:
		return &Error{Code: v1.CodeUnavailable, Message: "the metrics store did not answer: " + err.Error()}
	}
}
