package auth

import (
	"context"
	"fmt"

	"github.com/labstack/echo/v4"
)

// Error says why a request is refused, in words for the client.
type Error struct {
	Message string
	// Forbidden: it is known who asks, and that is not enough. Otherwise it is
	// not known who asks.
	Forbidden bool
}

func (e *Error) Error() string { return e.Message }

// Require lets requests through whose token has a scope. Others end in an
// *Error: without a token, with an unknown one, or with one that lacks the
// scope.
func (t *Tokens) Require(scope Scope) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return t.Identified(func(c echo.Context) error {
			who := Of(c.Request().Context())
			switch {
			case !who.Known():
				return challenge(c, &Error{Message: fmt.Sprintf("this needs a token with the scope %s: send the header Authorization: Bearer TOKEN", scope)})
			case !who.May(scope):
				return &Error{Forbidden: true, Message: fmt.Sprintf("the token %s lacks the scope %s", who.Name, scope)}
			default:
				return next(c)
			}
		})
	}
}

// Identified lets every request through but those with an unknown token, and
// tells the handler who asks: Of gives it back.
func (t *Tokens) Identified(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := t.Identify(c.Request().Header.Get(echo.HeaderAuthorization))
		if err != nil {
			return challenge(c, err)
		}
		r := c.Request()
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), identityKey{}, who)))
		return next(c)
	}
}

func challenge(c echo.Context, err error) error {
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="headroom"`)
	return err
}

type identityKey struct{}

// Of returns who asks, in a handler behind Require or Identified.
func Of(ctx context.Context) Identity {
	who, _ := ctx.Value(identityKey{}).(Identity) // absent: nobody
	return who
}
