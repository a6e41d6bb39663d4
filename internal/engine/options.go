package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/internal/transport"
)

// Defaults of Options.
const (
	DefaultRetention    = 35 * 24 * time.Hour
	DefaultMaxSamples   = 50_000_000
	DefaultQueryTimeout = 2 * time.Minute
	DefaultInterval     = 15 * time.Second // of scrapes
)

// maxParallel is how many queries run at once, as in an unconfigured Prometheus.
const maxParallel = 20

// Options are what an Engine needs. Dir is required.
type Options struct {
	Dir           string        // the data directory, made if it is missing; one Engine at a time
	Retention     time.Duration // how long samples are kept; 0 is DefaultRetention
	Targets       []Target
	Alertmanagers []Alertmanager
	ExternalURL   *url.URL      // where links in alerts lead; nil is http://localhost
	MaxSamples    int           // that one query may hold in memory; 0 is DefaultMaxSamples
	QueryTimeout  time.Duration // of one query; 0 is DefaultQueryTimeout
	Logger        *slog.Logger  // nil discards; Prometheus's chatter is lowered to debug
	// Registerer gets the engine's own metrics under the prefix
	// headroom_engine_, until Close. Nil keeps them to itself.
	Registerer prometheus.Registerer
}

// Target is one scrape job with fixed addresses. Zero values are the defaults
// of Prometheus, but for Interval.
type Target struct {
	Job       string   // the job label; unique
	Addresses []string // host:port
	Path      string   // "/metrics"
	Scheme    string   // "http"
	Interval  time.Duration
	Timeout   time.Duration     // 10 s or Interval, whichever is less
	Labels    map[string]string // added to every series of the job
	Client    transport.Options
}

// Alertmanager is where alerts are sent. The path of the URL is a prefix to
// Alertmanager's API.
type Alertmanager struct {
	URL    *url.URL
	Client transport.Options
}

func (o Options) withDefaults() Options {
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.MaxSamples == 0 {
		o.MaxSamples = DefaultMaxSamples
	}
	if o.QueryTimeout == 0 {
		o.QueryTimeout = DefaultQueryTimeout
	}
	if o.ExternalURL == nil {
		o.ExternalURL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) validate() error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("no data directory"))
	}
	if o.Retention < 0 || o.MaxSamples < 0 || o.QueryTimeout < 0 {
		errs = append(errs, errors.New("retention, sample limit and query timeout must not be negative"))
	}
	jobs := map[string]bool{}
	for _, t := range o.Targets {
		if jobs[t.Job] {
			errs = append(errs, fmt.Errorf("two scrape jobs %q", t.Job))
		}
		jobs[t.Job] = true
	}
	for _, a := range o.Alertmanagers {
		if a.URL == nil || a.URL.Host == "" || a.URL.Scheme != "http" && a.URL.Scheme != "https" {
			errs = append(errs, fmt.Errorf("alertmanager %q: want a URL such as http://localhost:9093", a.URL))
		}
	}
	return errors.Join(errs...)
}
