package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"headroom/api/auth"
	"headroom/budget/audit"
)

// route is one method of one path. Every route of the API has its operation in
// docs/openapi.yaml.
type route struct {
	method  string // GET answers HEAD, too
	path    string
	scope   auth.Scope // what a token needs: open, read or a scope that changes state
	handler echo.HandlerFunc
	action  audit.Action // what is kept of it for the audit; "" for what changes nothing
	ownBody bool         // the handler bounds the request's body itself; otherwise maxBody does
}

// open is the scope of routes that answer everybody, or ask who it is in a way
// of their own.
const open auth.Scope = ""

// maxBody bounds the body of a request whose route has no bound of its own.
const maxBody = "64K"

// routes are all that is served. An area that Options leaves out has none.
func (s *service) routes() []route {
	return slices.Concat(
		s.sloRoutes(),
		s.pastRoutes(),
		s.gateRoutes(),
		s.reportRoutes(),
		s.insightRoutes(),
		s.whyRoutes(),
		s.noteRoutes(),
		s.eventRoutes(),
		s.correctionRoutes(),
		s.pageRoutes(),
		s.explainRoutes(),
		s.helpRoutes(),
		s.datasourceRoutes(),
		s.auditRoutes(),
		s.healthRoutes(),
		s.documentRoutes(),
	)
}

// add serves a route. Reading is open unless the service demands a token for
// it; whatever else has a scope needs a token with that scope.
func (s *service) add(e *echo.Echo, r route) {
	var guards []echo.MiddlewareFunc
	if !r.ownBody {
		guards = append(guards, middleware.BodyLimit(maxBody))
	}
	if r.scope != open && (r.scope != auth.Read || s.TokenToRead) {
		guards = append(guards, s.Tokens.Require(r.scope))
	}
	methods := []string{r.method}
	if r.method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	handler := r.handler
	if r.method != http.MethodGet && r.scope != auth.Events && r.scope != open { // events count at the next tick
		handler = s.changing(handler)
	}
	if r.action != "" {
		guards = append([]echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc { return s.audited(r.action, next) }}, guards...)
	}
	e.Match(methods, r.path, handler, guards...)
	s.metrics.init(r.path, r.method)
}

// changing lets who asks next see what a handler has changed.
func (s *service) changing(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		defer s.snapshots.expire()
		return next(c)
	}
}
