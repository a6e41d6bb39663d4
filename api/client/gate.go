package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"headroom/api/v1"
	"headroom/budget/gate"
	"headroom/budget/policy"
)

// Gate asks whether a service, "namespace/name", may be released to an
// environment now; an empty change is a feature. When there is no such service,
// errors.Is(err, ErrNotFound) holds; when the answer contradicts itself or
// answers another question, errors.Is(err, ErrBadAnswer). The answer about a
// service that has another id now is about that one, and says so.
func (c *Client) Gate(ctx context.Context, service, environment string, change policy.Change) (v1.Gate, error) {
	var answer v1.Gate
	query := url.Values{"environment": {environment}, "change": {string(change)}}
	if err := c.get(ctx, "gate/"+service, query, &answer); err != nil {
		return v1.Gate{}, err
	}
	if err := verify(answer, service, environment, cmp.Or(change, policy.Feature)); err != nil {
		address := c.base.JoinPath("api", "v1", "gate", service)
		address.RawQuery = query.Encode()
		return v1.Gate{}, &Error{URL: address.Redacted(), Status: http.StatusOK, Err: err}
	}
	return answer, nil
}

// verify says what keeps an answer from being one to the question. A release
// must not go on any JSON that a proxy or a cache returns.
func verify(answer v1.Gate, service, environment string, change policy.Change) error {
	switch answer.Verdict {
	case gate.Allowed, gate.Held, gate.Unknown:
	default:
		return fmt.Errorf("%w: the verdict %q is not known", ErrBadAnswer, answer.Verdict)
	}
	if answer.Allowed != (answer.Verdict == gate.Allowed) {
		return fmt.Errorf("%w: the verdict is %s, and allowed is %t", ErrBadAnswer, answer.Verdict, answer.Allowed)
	}
	for _, part := range []struct{ name, asked, answered string }{
		{"service", service, cmp.Or(answer.Formerly, answer.Service)},
		{"environment", environment, answer.Environment},
		{"change", string(change), string(answer.Change)},
	} {
		if part.answered != part.asked {
			return fmt.Errorf("%w: it is about the %s %q, and %q was asked", ErrBadAnswer, part.name, part.answered, part.asked)
		}
	}
	return nil
}

// Decisions returns what the gate decided about a service, "namespace/name",
// or about all of them when it is "". The latest come first, at most limit.
func (c *Client) Decisions(ctx context.Context, service string, limit int) ([]v1.Decision, error) {
	query := url.Values{}
	if service != "" {
		query.Set("service", service)
	}
	return upTo[v1.Decision](ctx, c, "decisions", query, limit)
}
