package promapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"headroom/budget"
	"headroom/internal/transport"
)

// Defaults of Options.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultParallel = 4
	DefaultMaxBytes = 256 << 20
)

// pointsPerRequest is how many points of a series one range request asks for.
// Prometheus refuses more than 11,000.
const pointsPerRequest = 10_000

// Options are what a Client needs. URL is required.
type Options struct {
	URL       *url.URL // of the server, with the prefix of its path if it has one
	Transport transport.Options
	Timeout   time.Duration // of one request; 0 is DefaultTimeout
	Parallel  int           // requests at once, others wait; 0 is DefaultParallel
	MaxBytes  int64         // of one answer; 0 is DefaultMaxBytes
	Logger    *slog.Logger  // nil discards
}

var _ budget.Querier = (*Client)(nil)

// Client queries one server by POST. Its errors wrap an *Error, unless the
// caller's context ended. It follows no redirect. It may be used by several
// goroutines at once.
type Client struct {
	url     *url.URL
	http    *http.Client
	api     v1.API
	timeout time.Duration
	slots   chan struct{}
	logger  *slog.Logger
}

// New makes a client. It does not connect.
func New(o Options) (*Client, error) {
	if o.URL == nil || o.URL.Host == "" || o.URL.Scheme != "http" && o.URL.Scheme != "https" {
		return nil, errors.New("make Prometheus client: want a URL such as http://localhost:9090")
	}
	c, err := o.Transport.Config()
	if err != nil {
		return nil, fmt.Errorf("make Prometheus client for %s: %w", o.URL.Redacted(), err)
	}
	c.FollowRedirects = false
	client, err := promconfig.NewClientFromConfig(c, "prometheus")
	if err != nil {
		return nil, fmt.Errorf("make Prometheus client for %s: %w", o.URL.Redacted(), err)
	}
	client.Transport = guard{next: client.Transport, maxBytes: cmp.Or(o.MaxBytes, DefaultMaxBytes)}
	apiClient, err := api.NewClient(api.Config{Address: o.URL.String(), Client: client})
	if err != nil {
		return nil, fmt.Errorf("make Prometheus client for %s: %w", o.URL.Redacted(), err)
	}
	return &Client{
		url:     o.URL,
		http:    client,
		api:     v1.NewAPI(apiClient),
		timeout: cmp.Or(o.Timeout, DefaultTimeout),
		slots:   make(chan struct{}, cmp.Or(o.Parallel, DefaultParallel)),
		logger:  cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
	}, nil
}

// Close frees idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Instant implements budget.Querier. The time is cut to milliseconds. NaN is
// kept as a value: staleness markers, which are NaN too, are left out by
// Prometheus itself and cannot be told apart afterwards. Native histograms are
// left out.
func (c *Client) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	var series []budget.Series
	err := c.request(ctx, func(ctx context.Context) error {
		value, warnings, _, err := c.api.Query(ctx, expr, at.Truncate(time.Millisecond), v1.WithTimeout(c.timeout))
		if err == nil {
			err = c.judge(expr, warnings)
		}
		if err != nil {
			return err
		}
		series, err = convert(value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("query %q at %s: %w", expr, c.url.Redacted(), err)
	}
	return series, nil
}

// Range implements budget.Querier. A range of more points than Prometheus
// answers at once is asked for in several requests.
func (c *Client) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	if step < time.Millisecond || end.Before(start) {
		return nil, fmt.Errorf("query %q: from %s to %s by %s is no range", expr, start, end, step)
	}
	start = start.Truncate(time.Millisecond)
	var whole merger
	for ; !start.After(end); start = start.Add(pointsPerRequest * step) {
		last := start.Add((pointsPerRequest - 1) * step)
		if last.After(end) {
			last = end
		}
		err := c.request(ctx, func(ctx context.Context) error {
			value, warnings, _, err := c.api.QueryRange(ctx, expr, v1.Range{Start: start, End: last, Step: step}, v1.WithTimeout(c.timeout))
			if err == nil {
				err = c.judge(expr, warnings)
			}
			if err != nil {
				return err
			}
			part, err := convert(value)
			whole.add(part)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("query %q at %s: %w", expr, c.url.Redacted(), err)
		}
	}
	return whole.series, nil
}

// request does one request when a slot is free, within the timeout.
func (c *Client) request(ctx context.Context, do func(context.Context) error) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := do(limited)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return classify(err)
}

// judge looks at the warnings of an answer. Those about the expression are
// logged; any other says that something was left out, and a balance must not be
// built on that.
func (c *Client) judge(expr string, warnings v1.Warnings) error {
	for _, w := range warnings {
		if !strings.HasPrefix(w, "PromQL ") {
			return &Error{Kind: KindPartial, Message: "the answer may be incomplete: " + oneLine(w)}
		}
		c.logger.Warn("Prometheus warns of an expression", "expr", expr, "warning", oneLine(w))
	}
	return nil
}

func convert(value model.Value) ([]budget.Series, error) {
	switch v := value.(type) {
	case model.Vector:
		return convertVector(v), nil
	case model.Matrix:
		return convertMatrix(v), nil
	case *model.Scalar:
		return []budget.Series{{Labels: map[string]string{}, Points: []budget.Point{{T: int64(v.Timestamp), V: float64(v.Value)}}}}, nil
	default:
		return nil, &Error{Kind: KindBadAnswer, Message: fmt.Sprintf("the result is a %T, want a vector, a matrix or a scalar", value)}
	}
}

func convertVector(v model.Vector) []budget.Series {
	series := make([]budget.Series, 0, len(v))
	for _, s := range v {
		if s.Histogram == nil {
			series = append(series, budget.Series{Labels: labelMap(s.Metric), Points: []budget.Point{{T: int64(s.Timestamp), V: float64(s.Value)}}})
		}
	}
	return series
}

func convertMatrix(m model.Matrix) []budget.Series {
	series := make([]budget.Series, 0, len(m))
	for _, s := range m {
		if len(s.Values) == 0 {
			continue
		}
		points := make([]budget.Point, len(s.Values))
		for i, p := range s.Values {
			points[i] = budget.Point{T: int64(p.Timestamp), V: float64(p.Value)}
		}
		series = append(series, budget.Series{Labels: labelMap(s.Metric), Points: points})
	}
	return series
}

func labelMap(m model.Metric) map[string]string {
	labels := make(map[string]string, len(m))
	for name, value := range m {
		labels[string(name)] = string(value)
	}
	return labels
}
