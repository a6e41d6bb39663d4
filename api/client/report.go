package client

import (
	"context"

	"headroom/api/v1"
	"headroom/budget/report"
)

// Report returns what a period did to the budgets.
func (c *Client) Report(ctx context.Context, q v1.ReportQuery) (report.Report, error) {
	var r report.Report
	err := c.get(ctx, "report", q.Query(), &r)
	return r, err
}
