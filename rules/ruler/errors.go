package ruler

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Error is why a request did not succeed.
type Error struct {
	Status  int    // of HTTP; 0 when there was no answer
	Message string // what the ruler said, shortened
	Err     error  // the cause, may be nil

	after time.Duration // that the ruler asks to be left alone
}

// Error names the status and the message, on one line.
func (e *Error) Error() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", e.Status))
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

// Unsure reports whether the ruler may have done what was asked all the same:
// there was no answer, or one of a proxy before it or of a fault in it.
func (e *Error) Unsure() bool { return e.Status == 0 || e.Status >= 500 }

// passing reports whether the same request may succeed in a moment.
func (e *Error) passing() bool {
	return e.Status == 0 && e.Err != nil || e.Status == http.StatusTooManyRequests || e.Status >= 500
}

// unreachable drops the address, which may hold a password, from an error.
func unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return &Error{Message: "no answer", Err: err}
}

func refusal(response *http.Response, body []byte) *Error {
	e := &Error{Status: response.StatusCode, Message: said(response, body), after: retryAfter(response.Header)}
	switch {
	case response.StatusCode/100 == 3:
		e.Message = "redirects are not followed, since they would carry the credentials along"
		if to, err := response.Location(); err == nil {
			e.Message += ": give the URL that leads to " + to.Redacted()
		}
	case response.StatusCode == http.StatusUnauthorized:
		e.Message = "check the credentials and the tenant: " + e.Message
	}
	return e
}

// longestMessage is what fits into a line of a log.
const longestMessage = 300

// said returns the text of an answer, of JSON the error in it, and nothing of a
// page for a browser.
func said(response *http.Response, body []byte) string {
	if strings.Contains(response.Header.Get("Content-Type"), "html") {
		return "an HTML page"
	}
	var answer struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	text := string(body[:min(len(body), 4<<10)])
	if json.Unmarshal(body, &answer) == nil && answer.Error+answer.Message != "" {
		text = strings.TrimSpace(answer.Error + " " + answer.Message)
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longestMessage {
		text = strings.ToValidUTF8(text[:longestMessage], "") + "…"
	}
	return text
}
