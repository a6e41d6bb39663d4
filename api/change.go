package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/slo"
)

// mayChange returns an error when who asks may not change something that
// concerns these objectives, since its token is bound to other owners. It is
// asked by every handler that changes state, behind a scope.
func mayChange(c echo.Context, concerned ...*slo.Objective) error {
	who := auth.Of(c.Request().Context())
	if owners := who.Owners(); len(concerned) == 0 && len(owners) > 0 {
		return &Error{Code: v1.CodeForbidden, Message: fmt.Sprintf("this is about no objective, and the token %s is bound to those of %s", who.Name, strings.Join(owners, ", "))}
	}
	for _, o := range concerned {
		if who.Owns(o.Owner) {
			continue
		}
		owner := "nobody"
		if o.Owner != "" {
			owner = o.Owner
		}
		return &Error{Code: v1.CodeForbidden, Message: fmt.Sprintf(
			"%s belongs to %s, and the token %s is bound to %s", o.ID, owner, who.Name, strings.Join(who.Owners(), ", "))}
	}
	return nil
}

// readJSON reads a body of JSON with at most limit bytes, strictly: a key that
// is not known is refused, so that a mistyped one does not pass for none. Its
// route has ownBody.
func readJSON(c echo.Context, limit int64, into any) error {
	body, err := readJSONBody(c, limit)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if err == nil {
		if _, end := decoder.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows the JSON")
		}
	}
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: "the request's body cannot be read: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	return nil
}

// readJSONBody reads a body that says of itself that it is JSON.
func readJSONBody(c echo.Context, limit int64) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || mediaType != echo.MIMEApplicationJSON {
		return nil, &Error{Code: v1.CodeMediaType, Message: "send JSON with the header Content-Type: application/json"}
	}
	return readBody(c, limit)
}
