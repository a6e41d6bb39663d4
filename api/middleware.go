package api

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"headroom/api/v1"
)

// contentSecurityPolicy lets a page use what this server serves and nothing
// else: no scripts, no inline styles, no frames around it.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// recoverPanic turns a panic of a handler into an internal error, with its
// stack in the log.
func (s *service) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if aborted, ok := p.(error); ok && errors.Is(aborted, http.ErrAbortHandler) {
				panic(p) // net/http's way to cut a connection
			}
			s.Logger.Error("recover from panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &Error{Code: v1.CodeInternal, Message: "headroom made an error; its log says which", Cause: fmt.Errorf("panic: %v", p)}
		}()
		return next(c)
	}
}
