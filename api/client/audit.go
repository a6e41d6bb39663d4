package client

import (
	"context"
	"net/http"

	"headroom/api/v1"
)

// Audit returns who changed what, the latest first: at most as many entries as
// the limit of the page, or all from its cursor on when it is 0.
func (c *Client) Audit(ctx context.Context, q v1.AuditQuery) ([]v1.AuditEntry, error) {
	all, most := []v1.AuditEntry{}, q.Page.Limit
	for {
		q.Page.Limit = v1.MaxLimit
		if most > 0 {
			q.Page.Limit = min(most-len(all), v1.MaxLimit)
		}
		address := c.base.JoinPath("api", "v1", "audit")
		address.RawQuery = q.Query().Encode()
		var list []v1.AuditEntry
		header, err := c.askHeader(ctx, http.MethodGet, address, nil, &list)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		next, found := nextPage(header.Get("Link"))
		if !found || len(list) == 0 || most > 0 && len(all) >= most {
			return all, nil
		}
		q.Page.Cursor = next.Get("cursor")
	}
}
