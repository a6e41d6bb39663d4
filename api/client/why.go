package client

import (
	"context"

	"headroom/api/v1"
	"headroom/slo"
)

// Why returns how the balances of an objective came to be, by group. When there
// is no such objective or group, errors.Is(err, ErrNotFound) holds.
func (c *Client) Why(ctx context.Context, id slo.ID, q v1.WhyQuery) ([]v1.Why, error) {
	var chains []v1.Why
	err := c.get(ctx, "slos/"+id.String()+"/why", q.Query(), &chains)
	return chains, err
}
