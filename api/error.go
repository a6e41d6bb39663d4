package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
)

// Error is an error at the edge: a code and a message for the client, a cause
// for the log, which the client never sees.
type Error struct {
	Code    v1.Code
	Message string
	Details []string // the single faults, when there are several
	Cause   error    // may be nil
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Cause)
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Status returns the HTTP status of a code; of an unknown code it is 500.
func Status(code v1.Code) int {
	switch code {
	case v1.CodeInvalid:
		return http.StatusBadRequest
	case v1.CodeUnauthorized:
		return http.StatusUnauthorized
	case v1.CodeForbidden:
		return http.StatusForbidden
	case v1.CodeNotFound:
		return http.StatusNotFound
	case v1.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case v1.CodeConflict:
		return http.StatusConflict
	case v1.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case v1.CodeMediaType:
		return http.StatusUnsupportedMediaType
	case v1.CodeNotReady, v1.CodeUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// edgeError makes the Error of whatever a handler or the router returned.
func edgeError(err error, c echo.Context) *Error {
	path := c.Request().URL.Path
	var edge *Error
	if errors.As(err, &edge) {
		return edge
	}
	var refused *auth.Error
	if errors.As(err, &refused) {
		if refused.Forbidden {
			return &Error{Code: v1.CodeForbidden, Message: refused.Message}
		}
		return &Error{Code: v1.CodeUnauthorized, Message: refused.Message}
	}
	var router *echo.HTTPError
	if errors.As(err, &router) {
		switch {
		case router.Code == http.StatusNotFound:
			return &Error{Code: v1.CodeNotFound, Message: "there is nothing at " + path}
		case router.Code == http.StatusMethodNotAllowed:
			return &Error{Code: v1.CodeMethodNotAllowed, Message: path + " only answers " + allowed(c)}
		case router.Code == http.StatusRequestEntityTooLarge:
			return &Error{Code: v1.CodeTooLarge, Message: "the request's body is too large"}
		case router.Code < http.StatusInternalServerError:
			return &Error{Code: v1.CodeInvalid, Message: "the request cannot be read", Cause: router}
		}
	}
	return &Error{Code: v1.CodeInternal, Message: "headroom made an error; its log says which", Cause: err}
}

// allowed lists the methods that the router named, in words.
func allowed(c echo.Context) string {
	var methods []string
	for method := range strings.SplitSeq(c.Response().Header().Get(echo.HeaderAllow), ", ") {
		if method != http.MethodOptions {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, " and ")
}

// retryAfter is when a request that found the store away may come again, in
// seconds.
const retryAfter = "30"

// handleError is the one place where errors become answers: JSON under /api,
// text for probes and metrics, a page for people.
func (s *service) handleError(err error, c echo.Context) {
	var moved *movedError
	if errors.As(err, &moved) && !c.Response().Committed {
		if err := redirect(c, moved); err != nil {
			s.Logger.Warn("write error answer", "path", c.Request().URL.Path, "error", err)
		}
		return
	}
	edge := edgeError(err, c)
	status := Status(edge.Code)
	if edge.Code == v1.CodeUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
	}
	if edge.Code == v1.CodeInternal || edge.Code == v1.CodeUnavailable {
		s.Logger.Error("answer request", "method", c.Request().Method, "path", c.Request().URL.Path, "error", edge.Cause)
	}
	if c.Response().Committed {
		return
	}
	if err := s.writeError(c, status, edge); err != nil {
		s.Logger.Warn("write error answer", "path", c.Request().URL.Path, "error", err)
	}
}

func (s *service) writeError(c echo.Context, status int, edge *Error) error {
	path := c.Request().URL.Path
	switch {
	case c.Request().Method == http.MethodHead:
		return c.NoContent(status)
	case path == "/api" || strings.HasPrefix(path, "/api/"), strings.HasPrefix(path, "/webhooks/"):
		return c.JSON(status, v1.Error{Code: edge.Code, Message: edge.Message, Details: edge.Details})
	case c.Path() == "/healthz", c.Path() == "/readyz", c.Path() == metricsPath:
		return c.String(status, edge.Message+"\n")
	default:
		return s.errorPage(c, status, edge.Message)
	}
}
