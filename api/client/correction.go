package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"headroom/api/v1"
)

// Corrections returns those of a state, or all when it is "", the oldest first.
// It reads them in pages.
func (c *Client) Corrections(ctx context.Context, state string) ([]v1.Correction, error) {
	query := url.Values{}
	if state != "" {
		query.Set("state", state)
	}
	return upTo[v1.Correction](ctx, c, "corrections", query, 0)
}

// Correction returns one with its history. When there is none of the id,
// errors.Is(err, ErrNotFound) holds.
func (c *Client) Correction(ctx context.Context, id string) (v1.CorrectionDetail, error) {
	var found v1.CorrectionDetail
	err := c.get(ctx, "corrections/"+url.PathEscape(id), nil, &found)
	return found, err
}

// PreviewCorrection returns what a change of corrections would make of error
// budgets, and changes nothing.
func (c *Client) PreviewCorrection(ctx context.Context, change v1.CorrectionChange) (v1.CorrectionPreview, error) {
	var preview v1.CorrectionPreview
	err := c.post(ctx, change, &preview, "preview")
	return preview, err
}

// AddCorrection declares a correction. Where a policy asks for a second person,
// it is pending.
func (c *Client) AddCorrection(ctx context.Context, draft v1.CorrectionDraft) (v1.Correction, error) {
	var added v1.Correction
	err := c.post(ctx, draft, &added)
	return added, err
}

// ApproveCorrection lets a pending correction of somebody else count.
func (c *Client) ApproveCorrection(ctx context.Context, id string) (v1.Correction, error) {
	var approved v1.Correction
	err := c.post(ctx, struct{}{}, &approved, id, "approve")
	return approved, err
}

// RevokeCorrection takes a correction out of every balance. The reason may be
// empty.
func (c *Client) RevokeCorrection(ctx context.Context, id, reason string) (v1.Correction, error) {
	var revoked v1.Correction
	err := c.post(ctx, v1.CorrectionRevocation{Reason: reason}, &revoked, id, "revoke")
	return revoked, err
}

func (c *Client) post(ctx context.Context, what, into any, path ...string) error {
	address := c.base.JoinPath("api", "v1", "corrections")
	for _, part := range path {
		address = address.JoinPath(url.PathEscape(part))
	}
	body, err := json.Marshal(what)
	if err != nil {
		return &Error{URL: c.base.Redacted(), Err: fmt.Errorf("write the request as JSON: %w", err)}
	}
	return c.ask(ctx, http.MethodPost, address, body, into)
}
