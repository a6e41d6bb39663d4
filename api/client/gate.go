package client

import (
	"context"
	"net/url"
	"strconv"

	"headroom/api/v1"
	"headroom/budget/policy"
)

// Gate asks whether a service, "namespace/name", may be released to an
// environment now. When there is no such service, errors.Is(err, ErrNotFound)
// holds.
func (c *Client) Gate(ctx context.Context, service, environment string, change policy.Change) (v1.Gate, error) {
	var answer v1.Gate
	query := url.Values{"environment": {environment}, "change": {string(change)}}
	err := c.get(ctx, "gate/"+service, query, &answer)
	return answer, err
}

// Decisions returns what the gate decided about a service, "namespace/name",
// or about all of them when it is "". The latest come first, at most limit.
func (c *Client) Decisions(ctx context.Context, service string, limit int) ([]v1.Decision, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if service != "" {
		query.Set("service", service)
	}
	var decisions []v1.Decision
	err := c.get(ctx, "decisions", query, &decisions)
	return decisions, err
}
