// Package ruler keeps rules in a ruler that is told them over HTTP, as those of
// Grafana Mimir and Cortex are.
//
// A ruler has no transactions: groups are set and deleted one request at a time.
// So a push first reads what is there, plans the least that must change, and
// applies it in an order in which no alert is missing in between. Where it is
// broken off, it says what was applied; the next push finds that and does the
// rest.
//
// What is ours: namespaces that are our prefix and a service, and in them groups
// whose names headroom gives for that service. Nothing else is ever set or
// deleted.
package ruler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"

	"headroom/internal/transport"
)

// Defaults of Options.
const (
	DefaultPath     = "/prometheus/config/v1/rules" // of Mimir; that of Cortex is /api/v1/rules
	DefaultPrefix   = "headroom/"
	DefaultTimeout  = 30 * time.Second
	DefaultAttempts = 4
)

// maxBytes bounds the answer with all rules of a tenant.
const maxBytes = 512 << 20

// tenantHeader says whose rules are meant.
const tenantHeader = "X-Scope-OrgID"

// Options are what a Client needs. URL is required.
type Options struct {
	URL       *url.URL // of the server
	Path      string   // of its rules; "" is DefaultPath
	Tenant    string   // "" where the server has one tenant, or the credentials tell
	Prefix    string   // of our namespaces, ends in "/"; "" is DefaultPrefix
	Transport transport.Options
	Timeout   time.Duration // of one request; 0 is DefaultTimeout
	Attempts  int           // at a request that fails for a passing reason; 0 is DefaultAttempts
	// Wait waits between attempts; nil is the clock.
	Wait func(context.Context, time.Duration) error
}

// Client speaks to one ruler on behalf of one tenant. It follows no redirect.
type Client struct {
	options Options
	http    *http.Client
	rules   *url.URL
}

// New makes a client. It does not connect.
func New(o Options) (*Client, error) {
	if o.URL == nil || o.URL.Host == "" || o.URL.Scheme != "http" && o.URL.Scheme != "https" {
		return nil, errors.New("want the URL of a ruler, such as http://mimir:8080")
	}
	o.Path, o.Prefix = cmp.Or(o.Path, DefaultPath), cmp.Or(o.Prefix, DefaultPrefix)
	o.Timeout, o.Attempts = cmp.Or(o.Timeout, DefaultTimeout), cmp.Or(o.Attempts, DefaultAttempts)
	if o.Wait == nil {
		o.Wait = wait
	}
	if !strings.HasSuffix(o.Prefix, "/") || strings.HasPrefix(o.Prefix, "/") {
		return nil, fmt.Errorf("prefix %q of namespaces: end it with a slash and begin it with none, such as %s", o.Prefix, DefaultPrefix)
	}
	c, err := o.Transport.Config()
	if err != nil {
		return nil, err
	}
	c.FollowRedirects = false
	client, err := promconfig.NewClientFromConfig(c, "ruler")
	if err != nil {
		return nil, err
	}
	return &Client{options: o, http: client, rules: o.URL.JoinPath(o.Path)}, nil
}

// Close frees idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request does one request, and again while it fails for a passing reason.
func (c *Client) request(ctx context.Context, method string, where *url.URL, body []byte) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, method, where, body)
		var e *Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &e) || !e.passing() || attempt == c.options.Attempts {
			return answer, err
		}
		if err := c.options.Wait(ctx, max(e.after, time.Second<<(attempt-1))); err != nil {
			return nil, err
		}
	}
}

func (c *Client) once(ctx context.Context, method string, where *url.URL, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, where.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/yaml")
	}
	if c.options.Tenant != "" {
		request.Header.Set(tenantHeader, c.options.Tenant)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, unreachable(err)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBytes+1))
	err = errors.Join(err, response.Body.Close())
	switch {
	case response.StatusCode/100 != 2:
		return nil, refusal(response, answer)
	case err != nil:
		return nil, unreachable(err)
	case len(answer) > maxBytes:
		return nil, &Error{Message: fmt.Sprintf("the answer is larger than %d MiB", maxBytes>>20)}
	}
	return answer, nil
}

// at is the address of a namespace, or of a group in it. Slashes in names are
// escaped.
func (c *Client) at(names ...string) *url.URL {
	where := *c.rules
	raw := strings.TrimSuffix(where.EscapedPath(), "/")
	path := strings.TrimSuffix(where.Path, "/")
	for _, name := range names {
		raw += "/" + url.PathEscape(name)
		path += "/" + name
	}
	where.Path, where.RawPath = path, raw
	return &where
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads how long a server asks to be left alone, up to a minute.
func retryAfter(header http.Header) time.Duration {
	n, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 60)) * time.Second
}
