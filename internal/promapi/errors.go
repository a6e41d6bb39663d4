package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// Kind says what went wrong, coarsely enough to act on.
type Kind string

// The kinds of errors.
const (
	KindUnreachable  Kind = "unreachable"  // no answer: network, name, TLS
	KindTimeout      Kind = "timeout"      // no answer in time, or the query took too long there
	KindUnauthorized Kind = "unauthorized" // 401 or 403
	KindBadQuery     Kind = "bad_query"    // the expression or a limit of the server
	KindServer       Kind = "server"       // any other status that is no success
	KindBadAnswer    Kind = "bad_answer"   // an answer that is not Prometheus's
	KindTooLarge     Kind = "too_large"    // more bytes than Options.MaxBytes
	KindRedirect     Kind = "redirect"     // an answer that leads elsewhere
	KindPartial      Kind = "partial"      // an answer that says it is incomplete
)

// Error is why a request got no usable answer.
type Error struct {
	Kind    Kind
	Status  int    // of HTTP; 0 when there was none
	Message string // what the server said, shortened, or what to do
	Err     error  // the cause, may be nil
}

// Error names the kind, the status and the message, on one line.
func (e *Error) Error() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", e.Status))
	} else {
		parts = append(parts, string(e.Kind))
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// classify makes an *Error of what a request returned.
func classify(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var api *v1.Error
	if errors.As(err, &api) {
		return fromAPI(api)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: KindTimeout, Message: "no answer in time", Err: err}
	default:
		return &Error{Kind: KindUnreachable, Err: err}
	}
}

func fromAPI(e *v1.Error) *Error {
	kinds := map[v1.ErrorType]Kind{
		v1.ErrBadData:     KindBadQuery,
		v1.ErrExec:        KindBadQuery,
		v1.ErrTimeout:     KindTimeout,
		v1.ErrCanceled:    KindTimeout,
		v1.ErrBadResponse: KindBadAnswer,
	}
	kind, ok := kinds[e.Type]
	if !ok {
		kind = KindServer
	}
	message := oneLine(e.Msg)
	if e.Detail != "" {
		message += ": " + oneLine(e.Detail)
	}
	return &Error{Kind: kind, Message: message}
}

// fromStatus makes an error of an answer that is no success, and nil of those
// that the API client understands (400 and 422) or tries again with GET (405 and
// 501).
func fromStatus(response *http.Response, body []byte) *Error {
	switch status := response.StatusCode; {
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity,
		status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented:
		return nil
	case status == http.StatusUnauthorized:
		return &Error{Kind: KindUnauthorized, Status: status, Message: "check the user name and password, or the bearer token: " + said(response, body)}
	case status == http.StatusForbidden:
		return &Error{Kind: KindUnauthorized, Status: status, Message: said(response, body)}
	case status >= 300 && status < 400:
		return &Error{Kind: KindRedirect, Status: status, Message: "redirects are not followed, since they would carry the credentials along: set the URL to where " + redirectTarget(response) + " leads"}
	default:
		return failed(response, body)
	}
}

// failed reads the JSON that Prometheus sends with a query that it gave up.
func failed(response *http.Response, body []byte) *Error {
	var answer struct {
		ErrorType v1.ErrorType `json:"errorType"`
		Error     string       `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err == nil && answer.Error != "" {
		e := fromAPI(&v1.Error{Type: answer.ErrorType, Msg: answer.Error})
		e.Status = response.StatusCode
		return e
	}
	return &Error{Kind: KindServer, Status: response.StatusCode, Message: said(response, body)}
}

// said returns the text of an answer, unless it is a page for a browser.
func said(response *http.Response, body []byte) string {
	if strings.Contains(response.Header.Get("Content-Type"), "html") {
		return "an HTML page"
	}
	return oneLine(string(body))
}

func redirectTarget(response *http.Response) string {
	location, err := response.Location()
	if err != nil {
		return "it"
	}
	return location.Redacted()
}

// oneLine shortens what a server said to what fits into a log line.
func oneLine(s string) string {
	const most = 300
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
