package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/slo"
	"headroom/slo/diag"
)

func (s *service) sloRoutes() []route {
	return []route{
		{method: http.MethodGet, path: slosPath, scope: auth.Read, handler: s.listSLOs},
		{method: http.MethodGet, path: apiPrefix + "slos/:namespace/:service/:objective", scope: auth.Read, handler: s.getSLO},
		{method: http.MethodGet, path: apiPrefix + "problems", scope: auth.Read, handler: s.listProblems},
	}
}

func (s *service) listProblems(c echo.Context) error {
	return c.JSON(http.StatusOK, s.problems())
}

// problems returns them sorted, never nil.
func (s *service) problems() []v1.Problem {
	problems := append([]v1.Problem{}, s.Problems()...)
	diag.Sort(problems)
	return problems
}

// objective finds what the path names.
func (s *service) objective(c echo.Context) (v1.Objective, error) {
	id, err := slo.ParseID(c.Param("namespace") + "/" + c.Param("service") + "/" + c.Param("objective"))
	if err != nil {
		return v1.Objective{}, &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	now, err := s.snapshots.get()
	if err != nil {
		return v1.Objective{}, err
	}
	found, statuses := now.of(id)
	if found == nil {
		return v1.Objective{}, now.unknown(id)
	}
	return v1.NewObjective(found, statuses), nil
}

// healthRoutes are open even where reading needs a token: what asks for them
// has none.
func (s *service) healthRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/healthz", scope: open, handler: s.healthz},
		{method: http.MethodGet, path: "/readyz", scope: open, handler: s.readyz},
		{method: http.MethodGet, path: metricsPath, scope: open, handler: s.serveMetrics()},
	}
}

func (s *service) healthz(c echo.Context) error {
	return c.String(http.StatusOK, "ok\n")
}

func (s *service) readyz(c echo.Context) error {
	if err := s.Ready(); err != nil {
		return &Error{Code: v1.CodeNotReady, Message: "not ready: " + err.Error()}
	}
	return c.String(http.StatusOK, "ready\n")
}
