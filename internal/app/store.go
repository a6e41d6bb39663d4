package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/budget"
	"headroom/internal/config"
	"headroom/internal/engine"
	"headroom/internal/promapi"
	"headroom/internal/transport"
	"headroom/rules"
)

// metricsStore is where rules are evaluated and tiles are read.
type metricsStore struct {
	querier budget.Querier
	dialect rules.Dialect
	// apply makes a rules file the active one; nil when rules are delivered by
	// other means.
	apply func(ctx context.Context, ruleFile []byte) error
	mend  string // what to look at when apply fails
	// run evaluates until the context ends; nil when somebody else does.
	run   func(ctx context.Context) error
	close func() error
}

func openMetricsStore(c config.Config, own string, log *slog.Logger, registry prometheus.Registerer) (*metricsStore, error) {
	if c.Prometheus != nil {
		return openExternal(c, log)
	}
	return openEmbedded(c, own, log, registry)
}

// openEmbedded starts the embedded engine on the data directory. It scrapes
// headroom itself, too, at the address own.
func openEmbedded(c config.Config, own string, log *slog.Logger, registry prometheus.Registerer) (*metricsStore, error) {
	e, err := engine.New(engine.Options{
		Dir:           filepath.Join(c.DataDir, "metrics"),
		Retention:     c.Engine.Retention,
		Targets:       append(scrapeTargets(c.Engine.Scrape), ownTarget(c, own)...),
		Alertmanagers: alertmanagers(c),
		ExternalURL:   c.ExternalURL,
		Logger:        log,
		Registerer:    registry,
	})
	if err != nil {
		return nil, fmt.Errorf("open the embedded engine: %w", err)
	}
	return &metricsStore{querier: e, dialect: rules.Embedded, apply: e.Apply, mend: "see to the data directory", run: e.Run, close: e.Close}, nil
}

// ownJob is the job label of headroom's own metrics.
const ownJob = "headroom"

// ownTarget scrapes headroom as often as the most eager configured job, unless
// the configuration has a job of that name.
func ownTarget(c config.Config, own string) []engine.Target {
	interval := config.DefaultScrapeInterval
	for _, s := range c.Engine.Scrape {
		if s.Job == ownJob {
			return nil
		}
		interval = min(interval, s.Interval)
	}
	return []engine.Target{{Job: ownJob, Addresses: []string{own}, Interval: interval}}
}

func scrapeTargets(jobs []config.Scrape) []engine.Target {
	targets := make([]engine.Target, 0, len(jobs)+1)
	for _, s := range jobs {
		targets = append(targets, engine.Target{
			Job: s.Job, Addresses: s.Targets, Path: s.Path, Scheme: s.Scheme,
			Interval: s.Interval, Timeout: s.Timeout, Labels: s.Labels,
			Client: clientOptions(s.Auth, s.TLS, nil),
		})
	}
	return targets
}

func alertmanagers(c config.Config) []engine.Alertmanager {
	list := make([]engine.Alertmanager, len(c.Alertmanagers))
	for i, u := range c.Alertmanagers {
		list[i] = engine.Alertmanager{URL: u}
	}
	return list
}

func openExternal(c config.Config, log *slog.Logger) (*metricsStore, error) {
	dialect, err := rules.ParseDialect(c.Target)
	if err != nil {
		return nil, fmt.Errorf("configuration: target: %w", err)
	}
	p := c.Prometheus
	client, err := promapi.New(promapi.Options{
		URL:       p.URL,
		Transport: clientOptions(p.Auth, p.TLS, p.Headers),
		Timeout:   p.Timeout,
		Logger:    log,
	})
	if err != nil {
		return nil, fmt.Errorf("open Prometheus at %s: %w", p.URL.Redacted(), err)
	}
	s := &metricsStore{querier: client, dialect: dialect, close: func() error { client.Close(); return nil }}
	if p.RulesFile != "" {
		s.mend = "see that prometheus.rules_file can be written"
		delivery := &promapi.Delivery{RulesFile: p.RulesFile}
		if p.Reload {
			delivery.Client = client
			s.mend = "check that prometheus.url leads to the Prometheus that reads prometheus.rules_file, and that it takes reloads"
		}
		s.apply = delivery.Apply
	}
	return s, nil
}

func clientOptions(a config.Auth, t config.TLS, headers map[string]config.Secret) transport.Options {
	o := transport.Options{
		Username: a.Username, Password: a.Password, PasswordFile: a.PasswordFile,
		BearerToken: a.BearerToken, BearerTokenFile: a.BearerTokenFile,
		TLS: transport.TLS{
			CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile,
			ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify,
		},
	}
	if len(headers) > 0 {
		o.Headers = make(map[string]transport.Secret, len(headers))
		for name, value := range headers {
			o.Headers[name] = value
		}
	}
	return o
}
