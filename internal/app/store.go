package app

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/internal/config"
	"headroom/internal/engine"
	"headroom/internal/promapi"
	"headroom/internal/transport"
	"headroom/rules"
	"headroom/rules/ruler"
	"headroom/slo"
)

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
	return &metricsStore{
		name: engineName, selects: func(*slo.Objective) bool { return true }, querier: e, dialect: rules.Embedded, delivers: byEngine,
		apply: func(ctx context.Context, r ruleset) error { return e.Apply(ctx, r.file) },
		mend:  "see to the data directory", run: e.Run, close: e.Close,
	}, nil
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
	for i, a := range c.Alertmanagers {
		list[i] = engine.Alertmanager{URL: a.URL, Client: clientOptions(a.Auth, a.TLS, a.Headers)}
	}
	return list
}

// openExternal does not connect.
func openExternal(dataDir string, d *config.Datasource, log *slog.Logger) (*metricsStore, error) {
	dialect, err := rules.ParseDialect(d.Target)
	if err != nil {
		return nil, fmt.Errorf("configuration: target: %w", err)
	}
	client, err := promapi.New(promapi.Options{
		URL:       d.URL,
		Transport: clientOptions(d.Auth, d.TLS, ofTenant(d.Headers, d.Tenant)),
		Timeout:   d.Timeout,
		Logger:    log.With("datasource", d.Name),
	})
	if err != nil {
		return nil, fmt.Errorf("open Prometheus at %s: %w", d.URL.Redacted(), err)
	}
	s := &metricsStore{
		name: d.Name, selects: d.Objectives.Matches, querier: client, dialect: dialect, delay: d.Delay, late: d.Late,
		address: d.URL.Redacted(), delivers: byOthers, close: func() error { client.Close(); return nil },
	}
	switch {
	case d.Ruler != nil:
		return s, s.pushRules(d.Ruler, log)
	case d.RulesFile != "":
		s.writeRules(filepath.Join(dataDir, d.Name+".previous-rules.yml"), d, client)
	}
	return s, nil
}

// ofTenant adds the tenant to headers.
func ofTenant(headers map[string]config.Secret, tenant string) map[string]config.Secret {
	if tenant == "" {
		return headers
	}
	all := map[string]config.Secret{config.TenantHeader: config.NewSecret(tenant)}
	maps.Copy(all, headers)
	return all
}

// writeRules delivers rules as a file, and keeps the one that it replaces.
func (s *metricsStore) writeRules(previous string, d *config.Datasource, client *promapi.Client) {
	s.delivers, s.mend = byFile, "see that prometheus.rules_file can be written"
	file := &promapi.Delivery{RulesFile: d.RulesFile, Previous: previous}
	if d.Reload {
		file.Client = client
		s.mend = "check that prometheus.url leads to the Prometheus that reads prometheus.rules_file, and that it takes reloads"
	}
	if d.Name != config.SimpleName {
		s.mend = strings.ReplaceAll(s.mend, "prometheus.", "its ")
	}
	s.gone = file.Gone
	s.apply = func(ctx context.Context, r ruleset) error { return file.Apply(ctx, r.file) }
}

// pushRules delivers rules to a ruler.
func (s *metricsStore) pushRules(to *config.Ruler, log *slog.Logger) error {
	client, err := ruler.New(ruler.Options{
		URL: to.URL, Path: to.RulesPath, Tenant: to.Tenant, Prefix: to.NamespacePrefix,
		Transport: clientOptions(to.Auth, to.TLS, to.Headers), Timeout: to.Timeout,
	})
	if err != nil {
		return fmt.Errorf("open the ruler at %s: %w", to.URL.Redacted(), err)
	}
	earlier := s.close
	s.close = func() error { client.Close(); return earlier() }
	s.delivers, s.mend = byRuler, "check the ruler's url, rules_path, tenant and credentials"
	s.apply = func(ctx context.Context, r ruleset) error {
		plan, err := client.Plan(ctx, nil, func([]*slo.Objective) (iter.Seq[rules.Group], error) { return r.groups, nil }, to.Prune)
		if err != nil {
			return err
		}
		for _, n := range plan.Stale {
			log.Warn("the ruler has a group of no objective, which stays", "datasource", s.name, "namespace", n.Namespace, "group", n.Group)
		}
		if err := client.Apply(ctx, plan, nil); err != nil {
			return fmt.Errorf("push rules to the ruler at %s: %w", to.URL.Redacted(), err)
		}
		if len(plan.Changes) == 0 {
			return nil
		}
		log.Info("rules pushed", "datasource", s.name, "changes", len(plan.Changes), "unchanged", plan.Unchanged)
		return nil
	}
	return nil
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
