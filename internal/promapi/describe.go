package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// ErrUnknown is wrapped where a server does not answer a question that not
// every implementation of Prometheus's API knows.
var ErrUnknown = errors.New("the server does not say")

// LabelValues returns the values of a label between two times, sorted: of the
// series that a selector matches, or of all when it is "".
func (c *Client) LabelValues(ctx context.Context, label, selector string, from, to time.Time) ([]string, error) {
	var values model.LabelValues
	err := c.request(ctx, func(ctx context.Context) error {
		var err error
		values, _, _, err = c.api.LabelValues(ctx, label, matches(selector), from, to)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the values of the label %s at %s: %w", label, c.url.Redacted(), err)
	}
	return texts(values), nil
}

// LabelNames returns the names of the labels that the series of a selector have
// between two times, sorted.
func (c *Client) LabelNames(ctx context.Context, selector string, from, to time.Time) ([]string, error) {
	var names model.LabelNames
	err := c.request(ctx, func(ctx context.Context) error {
		var err error
		names, _, _, err = c.api.LabelNames(ctx, matches(selector), from, to)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the labels of %s at %s: %w", selector, c.url.Redacted(), err)
	}
	return texts(names), nil
}

// MetricTypes returns the types that the metadata of scrapes gives a metric,
// such as "counter". It is empty where the server has no metadata of it; the
// error wraps ErrUnknown where it keeps none.
func (c *Client) MetricTypes(ctx context.Context, metric string) ([]string, error) {
	var found map[string][]v1.Metadata
	err := c.request(ctx, func(ctx context.Context) error {
		var err error
		found, err = c.api.Metadata(ctx, metric, "")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the type of %s at %s: %w", metric, c.url.Redacted(), unknown(err))
	}
	var types []string
	for _, m := range found[metric] {
		if m.Type != "" && m.Type != v1.MetricTypeUnknown {
			types = append(types, string(m.Type))
		}
	}
	return types, nil
}

// Retention returns how long the server keeps samples by time. The error wraps
// ErrUnknown where it has no such limit or does not tell, as Thanos, Mimir and
// VictoriaMetrics.
func (c *Client) Retention(ctx context.Context) (time.Duration, error) {
	var flags v1.FlagsResult
	err := c.request(ctx, func(ctx context.Context) error {
		var err error
		flags, err = c.api.Flags(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("ask for the retention at %s: %w", c.url.Redacted(), unknown(err))
	}
	// Prometheus keeps 15 d where neither flag is set, and the later one wins.
	const byTime, formerly, bySize = "storage.tsdb.retention.time", "storage.tsdb.retention", "storage.tsdb.retention.size"
	for _, name := range []string{byTime, formerly} {
		if d, err := model.ParseDuration(flags[name]); err == nil && d > 0 {
			return time.Duration(d), nil
		}
	}
	if _, known := flags[byTime]; known && strings.Trim(flags[bySize], "0B") == "" {
		const builtIn = 15 * 24 * time.Hour
		return builtIn, nil
	}
	return 0, fmt.Errorf("ask for the retention at %s: %w", c.url.Redacted(), ErrUnknown)
}

// unknown tells the answer of a server that lacks an endpoint from a failure.
func unknown(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	missing := e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented
	if missing || e.Kind == KindBadAnswer || e.Kind == KindBadQuery {
		return errors.Join(ErrUnknown, err)
	}
	return err
}

func matches(selector string) []string {
	if selector == "" {
		return nil
	}
	return []string{selector}
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
