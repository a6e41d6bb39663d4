package client

import (
	"context"

	"headroom/api/v1"
)

// Datasources returns how every metrics store is doing, in the order of the
// configuration.
func (c *Client) Datasources(ctx context.Context) ([]v1.Datasource, error) {
	var all []v1.Datasource
	err := c.get(ctx, "datasources", nil, &all)
	return all, err
}
