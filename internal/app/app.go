package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"headroom/api"
	"headroom/budget"
	"headroom/budget/audit"
	"headroom/budget/insight"
	"headroom/budget/sqlite"
	"headroom/internal/config"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/registry"
)

// Options are what the service needs.
type Options struct {
	Config     config.Config
	AllowEmpty bool             // a spec directory that has become empty removes its objectives
	Logger     *slog.Logger     // nil discards
	Now        func() time.Time // nil is time.Now
	Version    string
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// App is the service. Several may run in one process on different data
// directories.
type App struct {
	Options
	cleanups cleanups
	listener net.Listener
	stores   stores
	ledger   *budget.Ledger
	reader   readings
	specs    *specs
	gate     *gateKeeping
	correct  *correcting
	insight  *insight.Insight
	audit    *audit.Keeper
	server   *http.Server

	changes   atomic.Uint64 // of statuses by something else than the ledger
	events    *eventKeeping
	reporting *reporting
	recorder  api.Recorder // takes platform events in; nil takes none
	tokenFile string       // "" when tokens are configured
}

// shutdownTimeout bounds how long open requests are waited for.
const shutdownTimeout = 5 * time.Second

// New opens the data directory, the ledger and the metrics store, and listens.
// Run must be called afterwards, or Close.
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{Options: o.withDefaults()}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	// First, so that an address in use changes nothing on disk; who connects
	// waits until Run serves.
	if err := a.listen(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(a.Config.DataDir, 0o750); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	release, err := lockDirectory(a.Config.DataDir)
	if err != nil {
		return err
	}
	a.cleanups.add("release the data directory", release)
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(a.Config.DataDir, "headroom.db"), Logger: a.Logger, Decisions: a.Config.Retention.Decisions})
	if err != nil {
		return err
	}
	a.cleanups.add("close the ledger's database", db.Close)
	if a.audit, err = a.newAudit(ctx, db); err != nil {
		return err
	}
	if a.ledger, err = budget.OpenLedger(ctx, budget.LedgerOptions{Store: db, Logger: a.Logger, Clock: a.Now, CacheBytes: int(a.Config.Cache)}); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.stores, err = openStores(a.Config, a.Addr(), a.Logger, registry); err != nil {
		return err
	}
	a.cleanups.add("close the metrics stores", a.stores.close)
	if a.reader, err = a.newReadings(); err != nil {
		return err
	}
	registry.MustRegister(datasourceMetrics{a})
	registry.MustRegister(ledgerMetrics{a})
	if a.events, err = a.newEventKeeping(db.Events()); err != nil {
		return err
	}
	a.recorder = a.events.recorder
	a.specs = a.newSpecs(db)
	if a.gate, err = a.newGate(ctx, db); err != nil {
		return err
	}
	if a.correct, err = a.newCorrecting(ctx, db); err != nil {
		return err
	}
	a.gate.changed = a.correct.policiesChanged
	if a.reporting, err = a.newReporting(db.Outbox()); err != nil {
		return err
	}
	if a.insight, err = a.newInsight(db); err != nil {
		return err
	}
	return a.newServer(registry, db)
}

func (a *App) listen(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.Config.Listen)
	if err != nil {
		return fmt.Errorf("%w: name another address with --listen, or listen in the configuration", err)
	}
	a.listener = listener
	a.cleanups.add("stop listening", func() error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (a *App) newSpecs(good registry.Store) *specs {
	sources := make([]registry.Source, len(a.Config.Specs))
	for i, s := range a.Config.Specs {
		sources[i] = registry.Source{Path: s.Path, Namespaces: s.Namespaces}
	}
	defaults, templates := newDefaults(a.Config, a.Logger), newTemplates(a.Config, a.Logger)
	plans := newPlans(a.Config, a.Logger)
	return &specs{
		registry: registry.New(good, registry.Options{AllowEmpty: a.AllowEmpty, Specs: func() manifest.Options {
			return manifest.Options{Defaults: defaults.set, Catalog: templates.known, Plans: plans.set}
		}}),
		defaults:   defaults,
		templates:  templates,
		plans:      plans,
		deliveries: newDeliveries(a.stores, a.Now, a.Logger), arrived: map[*metricsStore]arrival{},
		complaints: &complaints{log: a.Logger, last: map[string]string{}},
		sources:    sources, stores: a.stores, ledger: a.ledger, events: a.events.recorder,
		links: rules.Options{ExternalURL: a.externalURL(), DashboardURL: a.Config.DashboardURL, RunbookURL: a.Config.RunbookURL}, now: a.Now, log: a.Logger, first: make(chan struct{}), changed: func() { a.correct.apply(); a.reader.soon() },
		audit: a.auditObjectives,
	}
}

func (a *App) newServer(registry *prometheus.Registry, db *sqlite.Store) error {
	tokens, err := a.access()
	if err != nil {
		return err
	}
	webhooks, err := a.webhooks()
	if err != nil {
		return err
	}
	teller, err := a.newTeller()
	if err != nil {
		return err
	}
	handler, err := api.New(api.Options{
		Statuses: a.statuses,
		Hosts:    a.hosts(),
		Problems: a.Problems,
		Ready:    a.ready,
		Registry: registry, Gatherers: []prometheus.Gatherer{a.events.recorder},
		Logger:  a.Logger,
		Now:     a.Now,
		Version: a.Version,

		Datasource:  a.stores.name,
		Datasources: a.Datasources,
		Ledger:      a.ledger,
		Report:      a.report,
		Gate:        a.gate.gate,
		Corrections: a.correct,
		Insight:     a.insight,
		Why:         teller,
		Audit:       a.audit,
		Notes:       db.Notes(),
		Recorder:    a.recorder,
		Webhooks:    webhooks,
		Tokens:      tokens,
		TokenToRead: a.Config.TokenToRead,

		SnapshotAge: a.Config.Tick,
		Revision:    a.revision,
	})
	if err != nil {
		return err
	}
	a.server = api.NewServer(handler, a.Logger)
	return nil
}

// Addr returns host:port where the service listens.
func (a *App) Addr() string { return a.listener.Addr().String() }

// URL returns where the service is reached from this machine.
func (a *App) URL() string { return "http://" + a.Addr() + "/" }

// hosts are the names that requests may be for: on a loopback address those of
// loopback and of external_url, elsewhere every name.
func (a *App) hosts() []string {
	if tcp, ok := a.listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil
	}
	hosts := []string{}
	if u := a.Config.ExternalURL; u != nil {
		hosts = append(hosts, u.Hostname())
	}
	return hosts
}

// revision grows when statuses have something new.
func (a *App) revision() uint64 { return a.ledger.Revision() + a.changes.Load() }

// statuses are the ledger's, with the reason why nothing is known where the
// metrics store was never read.
func (a *App) statuses() []budget.Status {
	list := a.ledger.Statuses(a.Now())
	for i := range list {
		s := &list[i]
		if s.Balance.Total != nil || s.Objective.Indicator.Kind() == (slo.Events{}).Kind() {
			continue
		}
		if err := a.reader.failure(s.Objective); err != nil {
			s.Reason = "The metrics store is not read: " + err.Error()
		}
	}
	return list
}

func (a *App) externalURL() string {
	if a.Config.ExternalURL == nil {
		return ""
	}
	return a.Config.ExternalURL.String()
}

// Problems returns what is wrong at present with specs, policies, rules and
// reading.
func (a *App) Problems() []diag.Problem {
	problems := append([]diag.Problem{}, ledgerProblems(a.ledger.Health())...)
	problems = append(problems, a.specs.currentProblems()...)
	problems = append(append(problems, a.reader.problems()...), a.events.problems()...)
	problems = append(problems, a.gate.currentProblems()...)
	problems = append(problems, a.auditProblems()...)
	problems = append(problems, a.correct.currentProblems()...)
	return naming(a.Config.DataDir, append(problems, a.reporting.problems()...))
}

func (a *App) ready() error { return a.specs.ready() }

// Run serves until the context ends, and then stops everything in order. It
// returns nil when it was asked to stop.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, store := range a.stores {
		if store.run != nil {
			group.Go(func() error { return store.run(ctx) })
		}
	}
	group.Go(func() error { return a.specs.follow(ctx, a.Config.ReloadInterval) })
	group.Go(func() error {
		<-a.specs.first // so that the first tick knows what to read
		return a.reader.follow(ctx, a.Config.Tick)
	})
	group.Go(func() error {
		<-a.specs.first // so that there is something to tell
		return a.tellProblems(ctx, a.Config.ReloadInterval)
	})
	group.Go(func() error { return a.events.follow(ctx) })
	group.Go(func() error { return a.tidy(ctx) })
	group.Go(func() error { return every(ctx, auditInterval, a.audit.Flush) })
	group.Go(func() error {
		<-a.specs.first // so that the first look knows whom to look at
		return a.insight.Follow(ctx)
	})
	group.Go(func() error { return a.reporting.follow(ctx) })
	group.Go(func() error { return every(ctx, a.Config.ReloadInterval, a.gate.refresh) })
	group.Go(func() error {
		<-a.specs.first // so that the first look knows what corrections are about
		return a.correct.follow(ctx, a.Config.ReloadInterval)
	})
	group.Go(a.serve)
	group.Go(func() error {
		<-ctx.Done()
		timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		return a.server.Shutdown(timeout)
	})
	return errors.Join(group.Wait(), a.Close())
}

func (a *App) serve() error {
	if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", a.Addr(), err)
	}
	return nil
}

// Close releases what New opened; Run does it by itself.
func (a *App) Close() error { return a.cleanups.run() }
