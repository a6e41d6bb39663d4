package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"headroom/api/v1"
	"headroom/slo"
)

// SLOs returns the selected statuses sorted by id and group. It reads them in
// pages. Its error, like those of the other methods, is an *Error.
func (c *Client) SLOs(ctx context.Context, filter v1.Filter) ([]v1.SLO, error) {
	slos := []v1.SLO{}
	for page, err := range pages[v1.SLO](ctx, c, "slos", filter.Query()) {
		if err != nil {
			return nil, err
		}
		slos = append(slos, page...)
	}
	return slos, nil
}

// History returns how an objective fared over an interval.
func (c *Client) History(ctx context.Context, id slo.ID, q v1.PastQuery) (v1.History, error) {
	var h v1.History
	err := c.get(ctx, "slos/"+id.String()+"/history", q.Query(), &h)
	return h, err
}

// Slices returns the slices of an objective a page at a time, by group and time.
// An error is the last that it gives.
func (c *Client) Slices(ctx context.Context, id slo.ID, q v1.PastQuery) iter.Seq2[[]v1.Slice, error] {
	return pages[v1.Slice](ctx, c, "slos/"+id.String()+"/slices", q.Query())
}

// upTo reads the first elements of a list; all of it with a limit of 0.
func upTo[T any](ctx context.Context, c *Client, path string, query url.Values, limit int) ([]T, error) {
	if limit > 0 {
		v1.Page{Limit: min(limit, v1.MaxLimit)}.Add(query)
	}
	all := []T{}
	for page, err := range pages[T](ctx, c, path, query) {
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
	}
	return all, nil
}

// pages reads a list to its end, in pages of as many as the query says.
func pages[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		if !query.Has("limit") {
			v1.Page{Limit: v1.MaxLimit}.Add(query)
		}
		for {
			address := c.base.JoinPath("api", "v1", path)
			address.RawQuery = query.Encode()
			var page []T
			header, err := c.askHeader(ctx, http.MethodGet, address, nil, &page)
			if !yield(page, err) || err != nil {
				return
			}
			next, found := nextPage(header.Get("Link"))
			if !found {
				return
			}
			if next.Encode() == query.Encode() {
				yield(nil, &Error{URL: address.Redacted(), Status: http.StatusOK, Err: fmt.Errorf("%w: the page after this one is this one", ErrBadAnswer)})
				return
			}
			query = next
		}
	}
}

// nextPage reads the query of the link to the next page.
func nextPage(link string) (url.Values, bool) {
	target, found := strings.CutSuffix(link, `>; rel="next"`)
	if !found || !strings.HasPrefix(target, "<?") {
		return nil, false
	}
	query, err := url.ParseQuery(strings.TrimPrefix(target, "<?"))
	return query, err == nil
}

// Export writes an export, "slices" or "balances", to w as it comes. It takes as
// long as it takes: Options.Timeout and Options.MaxBody do not bound it. When
// there is an error, w has a part of it, or nothing.
func (c *Client) Export(ctx context.Context, what string, query url.Values, w io.Writer) error {
	address := c.base.JoinPath("api", "v1", "export", what)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return &Error{URL: address.Redacted(), Err: err}
	}
	response, failed := c.send(request, "text/csv, application/jsonl")
	if failed != nil {
		failed.URL = address.Redacted()
		return failed
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		body, err := readBody(response.Body, c.options.MaxBody)
		if err != nil {
			return &Error{URL: address.Redacted(), Status: response.StatusCode, Err: err}
		}
		failed := decode(response, body, nil)
		failed.URL = address.Redacted()
		return failed
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") && kind != "application/jsonl" {
		return &Error{URL: address.Redacted(), Status: response.StatusCode, Err: fmt.Errorf("answer is %s %w: is a headroom service at this address?", orNothing(kind), errNotJSON)}
	}
	if _, err := io.Copy(w, response.Body); err != nil {
		return &Error{URL: address.Redacted(), Status: response.StatusCode, Err: fmt.Errorf("read answer: %w", err)}
	}
	return nil
}
