package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/report"
)

// Reporter makes the report of a period as of now.
type Reporter func(period report.Period, scope report.Scope) (report.Report, error)

func (s *service) reportRoutes() []route {
	if s.Report == nil {
		return nil
	}
	return []route{{method: http.MethodGet, path: apiPrefix + "report", scope: auth.Read, handler: s.getReport}}
}

func (s *service) getReport(c echo.Context) error {
	query, err := v1.ParseReportQuery(c.QueryParams())
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	period, scope, err := query.Resolve(s.Now())
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	// Only one is made at a time: it reads every budget twice.
	s.reporting.Lock()
	defer s.reporting.Unlock()
	r, err := s.Report(period, scope)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}
