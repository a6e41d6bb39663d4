package api

import (
	"bytes"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/api/web"
)

func (s *service) pageRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/", scope: auth.Read, handler: s.statusPage},
		{method: http.MethodGet, path: "/slos/:namespace/:service/:objective", scope: auth.Read, handler: s.objectivePage},
		{method: http.MethodGet, path: "/assets/:file", scope: open, handler: s.asset},
	}
}

func (s *service) statusPage(c echo.Context) error {
	query := c.QueryParams()
	frame := s.frame(c)
	query.Del(refreshParam)
	filter, err := v1.ParseFilter(query)
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	now, err := s.snapshots.get()
	if err != nil {
		return err
	}
	page := web.Status{Frame: frame, SLOs: now.slos, Filter: filter, Problems: s.problems()}
	if err := s.Ready(); err != nil {
		page.NotReady = err.Error()
	}
	return s.page(c, http.StatusOK, func(w io.Writer) error { return s.pages.Status(w, page) })
}

func (s *service) objectivePage(c echo.Context) error {
	objective, err := s.objective(c)
	if err != nil {
		return err
	}
	page := web.Objective{Frame: s.frame(c), Objective: objective, Explanation: s.explanation(c.Request().Context(), objective.ID)}
	return s.page(c, http.StatusOK, func(w io.Writer) error { return s.pages.Objective(w, page) })
}

func (s *service) errorPage(c echo.Context, status int, message string) error {
	page := web.Error{Frame: web.Frame{Now: s.Now(), Version: s.Version}, Title: http.StatusText(status), Message: message}
	return s.page(c, status, func(w io.Writer) error { return s.pages.Error(w, page) })
}

// page answers only with a page that could be made in whole.
func (s *service) page(c echo.Context, status int, write func(io.Writer) error) error {
	var body bytes.Buffer
	if err := write(&body); err != nil {
		return err
	}
	return c.HTMLBlob(status, body.Bytes())
}

// refreshParam=off stops a page from loading itself again.
const refreshParam = "refresh"

func (s *service) frame(c echo.Context) web.Frame {
	return web.Frame{
		Now: s.Now(), Version: s.Version,
		Path: c.Request().URL.EscapedPath(), Refresh: c.QueryParam(refreshParam) != "off",
	}
}

// asset serves the pages' own files. They may be kept for a few minutes, since
// every page asks for them again.
func (s *service) asset(c echo.Context) error {
	content, mediaType, err := web.Asset(c.Param("file"))
	if err != nil {
		return &Error{Code: v1.CodeNotFound, Message: "there is no such file", Cause: err}
	}
	c.Response().Header().Set("Cache-Control", "max-age=300")
	return c.Blob(http.StatusOK, mediaType, content)
}
