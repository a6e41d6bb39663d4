package engine

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
)

// scrapeJobs are the targets in the form that the scrape manager wants.
type scrapeJobs struct {
	config *config.Config
	groups map[string][]*targetgroup.Group
}

func scrapeConfigs(targets []Target) (scrapeJobs, error) {
	// Only Load makes a configuration that the manager accepts.
	c, err := config.Load("", slog.New(slog.DiscardHandler))
	if err != nil {
		return scrapeJobs{}, fmt.Errorf("make scrape configuration: %w", err)
	}
	jobs := scrapeJobs{config: c, groups: map[string][]*targetgroup.Group{}}
	for _, t := range targets {
		job, err := scrapeConfig(t, c.GlobalConfig)
		if err != nil {
			return scrapeJobs{}, fmt.Errorf("scrape job %q: %w", t.Job, err)
		}
		c.ScrapeConfigs = append(c.ScrapeConfigs, job)
		jobs.groups[t.Job] = []*targetgroup.Group{targetGroup(t)}
	}
	return jobs, nil
}

func scrapeConfig(t Target, global config.GlobalConfig) (*config.ScrapeConfig, error) {
	client, err := t.Client.Config()
	if err != nil {
		return nil, err
	}
	job := config.DefaultScrapeConfig
	job.JobName = t.Job
	job.HTTPClientConfig = client
	job.MetricsPath = cmp.Or(t.Path, job.MetricsPath)
	job.Scheme = cmp.Or(t.Scheme, job.Scheme)
	job.ScrapeInterval = model.Duration(cmp.Or(t.Interval, DefaultInterval))
	job.ScrapeTimeout = model.Duration(t.Timeout)
	if t.Job == "" {
		return nil, errors.New("no name")
	}
	for _, address := range t.Addresses {
		if err := config.CheckTargetAddress(model.LabelValue(address)); err != nil {
			return nil, err
		}
	}
	for name := range t.Labels {
		if !model.UTF8Validation.IsValidLabelName(name) {
			return nil, fmt.Errorf("label %q has no valid name", name)
		}
	}
	if err := job.Validate(global); err != nil {
		return nil, err
	}
	return &job, nil
}

func targetGroup(t Target) *targetgroup.Group {
	group := &targetgroup.Group{Source: t.Job, Labels: model.LabelSet{}}
	for name, value := range t.Labels {
		group.Labels[model.LabelName(name)] = model.LabelValue(value)
	}
	for _, address := range t.Addresses {
		group.Targets = append(group.Targets, model.LabelSet{model.AddressLabel: model.LabelValue(address)})
	}
	return group
}

func newScraper(db storage.AppendableV2, jobs scrapeJobs, logger *slog.Logger, registerer prometheus.Registerer) (*scrape.Manager, error) {
	m, err := scrape.NewManager(&scrape.Options{DiscoveryReloadOnStartup: true}, logger.With("component", "scrape"), nil, nil, db, registerer)
	if err != nil {
		return nil, fmt.Errorf("make scraper: %w", err)
	}
	if err := m.ApplyConfig(jobs.config); err != nil {
		return nil, fmt.Errorf("configure scraper: %w", err)
	}
	return m, nil
}

// TargetHealth is how the last scrape of one address went.
type TargetHealth struct {
	Job        string
	URL        string // where it is scraped
	Labels     map[string]string
	Health     string        // "up", "down", or "unknown" before the first scrape
	Error      string        // of the last scrape, "" when it went well
	LastScrape time.Time     // zero before the first scrape
	Duration   time.Duration // of the last scrape
}

// Targets returns the health of every address, sorted by job and URL.
func (e *Engine) Targets() []TargetHealth {
	active := e.scraper.TargetsActive()
	var targets []TargetHealth
	for _, t := range e.options.Targets {
		if len(active[t.Job]) == 0 {
			targets = append(targets, unscraped(t)...)
		}
		for _, a := range active[t.Job] {
			targets = append(targets, health(t.Job, a))
		}
	}
	slices.SortFunc(targets, func(a, b TargetHealth) int { return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.URL, b.URL)) })
	return targets
}

func health(job string, t *scrape.Target) TargetHealth {
	h := TargetHealth{
		Job:        job,
		URL:        t.URL().String(),
		Labels:     labelMap(t.Labels(labels.NewBuilder(labels.EmptyLabels()))),
		Health:     string(t.Health()),
		LastScrape: t.LastScrape(),
		Duration:   t.LastScrapeDuration(),
	}
	if err := t.LastError(); err != nil {
		h.Error = err.Error()
	}
	return h
}

func unscraped(t Target) []TargetHealth {
	targets := make([]TargetHealth, 0, len(t.Addresses))
	for _, address := range t.Addresses {
		targets = append(targets, TargetHealth{
			Job: t.Job, URL: cmp.Or(t.Scheme, "http") + "://" + address + cmp.Or(t.Path, "/metrics"),
			Labels: t.Labels, Health: string(scrape.HealthUnknown),
		})
	}
	return targets
}
