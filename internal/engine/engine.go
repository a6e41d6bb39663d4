package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"

	"headroom/budget"
)

// metricPrefix stands before the names of the engine's own metrics, so that
// they are not taken for those of a Prometheus.
const metricPrefix = "headroom_engine_"

// ErrClosed is returned by calls on an Engine that was closed.
var ErrClosed = errors.New("the engine is closed")

var _ budget.Querier = (*Engine)(nil)

// Engine scrapes, stores, evaluates rules and sends alerts, on the wall clock.
// Its methods may be called at the same time.
type Engine struct {
	options  Options
	logger   *slog.Logger
	registry *prometheus.Registry
	db       *tsdb.DB
	reader   reader
	scraper  *scrape.Manager
	rules    *rules.Manager
	loader   *memoryLoader
	notify   *notifications
	jobs     scrapeJobs

	closing   chan struct{} // closed when shutdown begins
	closeOnce sync.Once
	closeErr  error

	lifecycle  sync.Mutex // guards the fields below
	started    bool
	stopped    bool
	applied    []byte // the rule file that is active, or will be when Run begins
	background background

	queries    sync.RWMutex // held for reading by each query
	queryStop  context.Context
	stopQuery  context.CancelFunc
	ruleStop   context.Context
	stopRules  context.CancelFunc
	queriesOff bool // guarded by queries
}

// New opens the data directory and prepares everything else; nothing is scraped
// or evaluated before Run. Queries work at once. A lock file that a killed
// process left behind is no hindrance; a directory that another process has
// open is. A damaged write-ahead log is repaired and logged as a warning: what
// stands after the damage is lost. The caller must call Close.
func New(o Options) (*Engine, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	o = o.withDefaults()
	e := &Engine{
		options:  o,
		logger:   slog.New(quietHandler{o.Logger.Handler()}),
		registry: prometheus.NewRegistry(),
		closing:  make(chan struct{}),
	}
	e.queryStop, e.stopQuery = context.WithCancel(context.Background())
	e.ruleStop, e.stopRules = context.WithCancel(context.Background())
	if err := e.open(); err != nil {
		e.stopQuery()
		e.stopRules()
		return nil, fmt.Errorf("start engine: %w", err)
	}
	return e, nil
}

// open makes the parts in the order in which they need one another. The
// storage is opened last, since it is the only one to be closed.
func (e *Engine) open() error {
	var err error
	if e.jobs, err = scrapeConfigs(e.options.Targets); err != nil {
		return err
	}
	if e.notify, err = newNotifications(e.options.Alertmanagers, e.logger, e.registry); err != nil {
		return err
	}
	if e.db, err = openStorage(filepath.Join(e.options.Dir, "tsdb"), e.options.Retention, e.logger, e.registry); err != nil {
		return err
	}
	if err := e.prepare(); err != nil {
		return errors.Join(err, e.db.Close())
	}
	return nil
}

func (e *Engine) prepare() error {
	e.reader = reader{storage: e.db, promql: newPromQL(promqlOptions{
		logger: e.logger, registerer: e.registry,
		maxSamples: e.options.MaxSamples, timeout: e.options.QueryTimeout, parallel: newLimiter(maxParallel),
	})}
	var err error
	if e.scraper, err = newScraper(e.db, e.jobs, e.logger, e.registry); err != nil {
		return err
	}
	e.loader = &memoryLoader{logger: e.logger}
	e.rules = rules.NewManager(&rules.ManagerOptions{
		Context:         e.ruleStop,
		ExternalURL:     e.options.ExternalURL,
		QueryFunc:       rules.EngineQueryFunc(e.reader.promql, e.db),
		NotifyFunc:      e.notify.sender(e.options.ExternalURL.String()),
		AppendableV2:    e.db,
		Queryable:       e.db,
		Logger:          e.logger.With("component", "rules"),
		Registerer:      e.registry,
		OutageTolerance: time.Hour,
		ForGracePeriod:  10 * time.Minute,
		ResendDelay:     time.Minute,
		GroupLoader:     e.loader,
		Parser:          newParser(),
	})
	if e.options.Registerer == nil {
		return nil
	}
	if err := e.outside().Register(e.registry); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

func (e *Engine) outside() prometheus.Registerer {
	return prometheus.WrapRegistererWithPrefix(metricPrefix, e.options.Registerer)
}

// Instant implements budget.Querier.
func (e *Engine) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	ctx, leave, err := e.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return e.reader.instant(ctx, expr, at)
}

// Range implements budget.Querier.
func (e *Engine) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	ctx, leave, err := e.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return e.reader.rangeOf(ctx, expr, start, end, step)
}

// enter keeps the storage open until leave is called: its files are mapped into
// memory, and a read after their close would end the process.
func (e *Engine) enter(ctx context.Context) (_ context.Context, leave func(), _ error) {
	e.queries.RLock()
	if e.queriesOff {
		e.queries.RUnlock()
		return nil, nil, ErrClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(e.queryStop, cancel)
	return ctx, func() {
		stop()
		cancel()
		e.queries.RUnlock()
	}, nil
}
