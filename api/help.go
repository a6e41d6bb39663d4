package api

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/web"
	"headroom/docs"
	"headroom/rules"
)

// helpRoutes answer everybody: who gets an alert at night has no token at hand,
// and the page says nothing of what is measured.
func (s *service) helpRoutes() []route {
	return []route{{method: http.MethodGet, path: rules.HelpPath, scope: open, handler: s.helpPage}}
}

func (s *service) helpPage(c echo.Context) error {
	page := web.Help{Frame: web.Frame{Now: s.Now(), Version: s.Version}, Title: "Alerts", Text: docs.Alerts()}
	return s.page(c, http.StatusOK, func(w io.Writer) error { return s.pages.Help(w, page) })
}
