package api

import (
	"net"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"headroom/api/v1"
)

// checkHost refuses requests for names that the service does not have. On a
// loopback address that is what keeps pages of other sites out, whose name was
// made to point here (DNS rebinding).
func (s *service) checkHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Hosts == nil || s.answersTo(c.Request().Host) {
			return next(c)
		}
		return &Error{
			Code:    v1.CodeForbidden,
			Message: "this service listens on loopback only and does not go by the name " + hostname(c.Request().Host) + ": behind a proxy, set external_url to the address that people use",
		}
	}
}

func (s *service) answersTo(hostport string) bool {
	host := hostname(hostport)
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost") || slices.ContainsFunc(s.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}
