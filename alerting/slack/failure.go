package slack

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"headroom/alerting/outbox"
)

// defaultRetryAfter is the pause when Slack asks for one and does not say how
// long.
const defaultRetryAfter = 30 * time.Second

// temporaryCodes are the errors of Slack that pass by themselves
// (https://docs.slack.dev/reference/methods/chat.postMessage#errors). Every
// other one is a clear answer that stays until something is changed.
func temporaryCodes() []string {
	return []string{"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
}

// failure says what an error of slack-go means for the message. It does not
// wrap the error, which may repeat what a server chose to say.
func failure(err error, channel, token string) *outbox.SendError {
	f := &outbox.SendError{}
	var (
		limited *slack.RateLimitedError
		status  slack.StatusCodeError
		said    slack.SlackErrorResponse
	)
	switch {
	case errors.As(err, &limited):
		f.RetryAfter = max(limited.RetryAfter, time.Second)
		f.Reason = fmt.Sprintf("Slack asks to wait for %s", f.RetryAfter)
	case errors.As(err, &status):
		statusFailure(f, status)
	case errors.As(err, &said):
		codeFailure(f, said, channel)
	default:
		// Only a connection that was never made cannot have delivered it.
		var dial *net.OpError
		f.NoAnswer = !errors.As(err, &dial) || dial.Op != "dial"
		f.Reason = "Slack does not answer: " + err.Error()
	}
	f.Reason = strings.ReplaceAll(oneLine(f.Reason), token, "<secret>")
	return f
}

func statusFailure(f *outbox.SendError, status slack.StatusCodeError) {
	f.Reason = fmt.Sprintf("Slack's address answers %d %s", status.Code, http.StatusText(status.Code))
	switch {
	case status.Code == http.StatusTooManyRequests:
		f.RetryAfter = defaultRetryAfter
	case status.Code == http.StatusRequestTimeout, status.Code == http.StatusServiceUnavailable:
	case status.Code >= http.StatusInternalServerError:
		f.NoAnswer = true
	default:
		f.Permanent = true
		f.Reason += ": is slack.url right?"
	}
}

func codeFailure(f *outbox.SendError, said slack.SlackErrorResponse, channel string) {
	f.Reason = "Slack says " + said.Err
	switch {
	case said.Err == "ratelimited" || said.Err == "rate_limited":
		f.RetryAfter = defaultRetryAfter
		return
	case slices.Contains(temporaryCodes(), said.Err):
		f.NoAnswer = said.Err == "fatal_error" // Slack: it may have partly succeeded
		return
	}
	f.Permanent = true
	switch said.Err {
	case "channel_not_found", "is_archived":
		f.Reason += fmt.Sprintf(": correct the channel %s, or invite the app to it if it is private", channel)
	case "not_in_channel":
		f.Reason += fmt.Sprintf(": invite the app to %s, or give it the scope chat:write.public", channel)
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
		f.Reason += ": give headroom a valid bot token"
	case "missing_scope", "no_permission":
		f.Reason += ": the token needs the scope chat:write"
	}
}

// oneLine makes one bounded, printable line of what a server may have chosen.
func oneLine(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// maxAnswer bounds an answer of Slack, in bytes: it repeats the message.
const maxAnswer = 4 << 20

// bounded is a transport whose answers end.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}
