package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"headroom/api/v1"
	"headroom/slo"
)

// movedError says that an objective has another id now.
type movedError struct{ from, to slo.ID }

func (e *movedError) Error() string { return e.from.String() + " is " + e.to.String() + " now" }

// unknown is the error about an id that nobody declared: one that an objective
// had formerly leads to that one.
func (s *snapshot) unknown(id slo.ID) error {
	for i := range s.sources {
		if o := s.sources[i].Objective; slices.Contains(o.Formerly, id) {
			return &movedError{from: id, to: o.ID}
		}
	}
	return &Error{Code: v1.CodeNotFound, Message: "no objective " + id.String() + " is declared"}
}

// servicesOf returns the services, "namespace/name", that have objectives which
// are of a service or were formerly.
func (s *snapshot) servicesOf(namespace, name string) []string {
	is := func(id slo.ID) bool { return id.Namespace == namespace && id.Service == name }
	var list []string
	for i := range s.sources {
		o := s.sources[i].Objective
		if (is(o.ID) || slices.ContainsFunc(o.Formerly, is)) && !slices.Contains(list, o.Service()) {
			list = append(list, o.Service())
		}
	}
	return list
}

// redirect leads who asks for the former id of an objective to the same about
// its present one. One in the path has three parts, as echo has them.
func redirect(c echo.Context, moved *movedError) error {
	u := *c.Request().URL
	u.Scheme, u.Host, u.RawPath = "", "", ""
	u.Path = strings.Replace(u.Path, "/"+moved.from.String(), "/"+moved.to.String(), 1)
	return c.Redirect(http.StatusPermanentRedirect, u.String())
}
