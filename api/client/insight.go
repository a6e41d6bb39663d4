package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"headroom/api/v1"
	"headroom/slo"
)

// Incidents returns those of every group of an objective in a time, the latest
// first. When there is no such objective, errors.Is(err, ErrNotFound) holds, as
// for the other methods about one.
func (c *Client) Incidents(ctx context.Context, id slo.ID, span v1.Span) ([]v1.Incidents, error) {
	var all []v1.Incidents
	err := c.get(ctx, "slos/"+id.String()+"/incidents", span.Query(), &all)
	return all, err
}

// Forecasts returns what becomes of the budget of every group of an objective
// at the pace of a lookback; 0 is the service's choice.
func (c *Client) Forecasts(ctx context.Context, id slo.ID, lookback time.Duration) ([]v1.Forecast, error) {
	query := url.Values{}
	if lookback > 0 {
		query.Set("lookback", slo.FormatDuration(lookback))
	}
	var all []v1.Forecast
	err := c.get(ctx, "slos/"+id.String()+"/forecast", query, &all)
	return all, err
}

// Windows returns how the last windows of every group of an objective ended, at
// most limit of each.
func (c *Client) Windows(ctx context.Context, id slo.ID, limit int) ([]v1.Windows, error) {
	var all []v1.Windows
	err := c.get(ctx, "slos/"+id.String()+"/windows", url.Values{"limit": {strconv.Itoa(limit)}}, &all)
	return all, err
}

// Attribution returns which values of a label the bad events of an objective
// have. Its answer may take a minute.
func (c *Client) Attribution(ctx context.Context, id slo.ID, q v1.AttributionQuery) (v1.Attribution, error) {
	var a v1.Attribution
	err := c.get(ctx, "slos/"+id.String()+"/attribution", q.Query(), &a)
	return a, err
}

// Labels returns labels that the bad events of an objective may be split by, the
// most telling first.
func (c *Client) Labels(ctx context.Context, id slo.ID) ([]v1.Label, error) {
	var labels []v1.Label
	err := c.get(ctx, "slos/"+id.String()+"/labels", nil, &labels)
	return labels, err
}

// Annotations returns what happened around objectives, the latest first, and as
// many as are asked for: more than a page has are read in pages.
func (c *Client) Annotations(ctx context.Context, q v1.AnnotationQuery) ([]v1.Annotation, error) {
	limit := cmp.Or(q.Limit, v1.DefaultAnnotations)
	q.Limit = 0
	return upTo[v1.Annotation](ctx, c, "annotations", q.Query(), limit)
}

// AddNote writes a note down and returns it as it is kept. Sending it again
// writes another.
func (c *Client) AddNote(ctx context.Context, note v1.Note) (v1.Annotation, error) {
	var saved v1.Annotation
	body, err := json.Marshal(note)
	if err != nil {
		return saved, &Error{URL: c.base.Redacted(), Err: fmt.Errorf("write the note as JSON: %w", err)}
	}
	err = c.ask(ctx, http.MethodPost, c.base.JoinPath("api", "v1", "annotations"), body, &saved)
	return saved, err
}
