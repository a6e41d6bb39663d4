package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"headroom/api/v1"
)

// Kinds of errors, for errors.Is.
var (
	// ErrNotFound: the service has no such objective.
	ErrNotFound = errors.New("not found")
	// ErrUnavailable: nothing answered, or the service is not ready; a later
	// try may succeed.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnauthorized: the token is missing, not accepted or lacks the scope.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrInvalid: the service says that the request itself is wrong; it would be
	// refused again.
	ErrInvalid = errors.New("invalid")
	// ErrNotHeadroom: what answers at the address is not headroom's API: a path
	// that is not there, or a page instead of JSON.
	ErrNotHeadroom = errors.New("not headroom's API")
	// ErrBadAnswer: the answer is JSON, and not an answer to what was asked.
	ErrBadAnswer = errors.New("not an answer to the question")
)

// Error says what was asked and why there is no answer.
type Error struct {
	URL     string   // what was asked, without a password
	Status  int      // of the answer; 0 when there was none
	Code    v1.Code  // of the service's own error, or ""
	Message string   // of the service's own error, or ""
	Details []string // of the service's own error, when there are several faults
	Err     error    // why no answer could be read, or nil
}

func (e *Error) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("ask %s: %v", e.URL, e.Err)
	case len(e.Details) > 1:
		return fmt.Sprintf("ask %s: %s\n  %s", e.URL, e.Message, strings.Join(e.Details, "\n  "))
	case e.Message != "":
		return fmt.Sprintf("ask %s: %s", e.URL, e.Message)
	default:
		return fmt.Sprintf("ask %s: answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
	}
}

// Unwrap returns why no answer could be read.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether the error is of one of the kinds above.
func (e *Error) Is(kind error) bool {
	switch kind {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && e.Code == v1.CodeNotFound
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
	case ErrInvalid:
		return e.Code == v1.CodeInvalid || e.Code == v1.CodeTooLarge
	case ErrNotHeadroom:
		redirect := e.Status >= http.StatusMultipleChoices && e.Status < http.StatusBadRequest
		return e.Code == "" && (e.Status == http.StatusNotFound || redirect) || errors.Is(e.Err, errNotJSON)
	case ErrUnavailable:
		return e.Status == 0 && !errors.Is(e.Err, context.Canceled) || e.Status == http.StatusBadGateway ||
			e.Status == http.StatusServiceUnavailable || e.Status == http.StatusGatewayTimeout
	default:
		return false
	}
}
