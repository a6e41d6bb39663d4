package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/budget"
	"headroom/internal/config"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/diag"
)

// metricsStore is where rules are evaluated and tiles are read.
type metricsStore struct {
	name     string
	several  bool                        // there are others, so that problems name it
	selects  func(o *slo.Objective) bool // among those that no store before it selects
	querier  budget.Querier
	dialect  rules.Dialect
	delay    time.Duration // how long samples take until queries see them
	late     time.Duration // how late single samples may come
	address  string        // for people, without secrets
	delivers string        // how rules come there: one of those below
	// apply makes rules the active ones; nil when they are delivered by other
	// means.
	apply func(ctx context.Context, r ruleset) error
	// gone reports whether somebody took away what apply wrote; nil when that
	// cannot be told.
	gone func() bool
	mend string // what to look at when apply fails
	// run evaluates until the context ends; nil when somebody else does.
	run   func(ctx context.Context) error
	close func() error
}

// How rules come to a metrics store.
const (
	byEngine   = "engine"
	byFile     = "file"
	byRuler    = "ruler"
	byOthers   = "none" // of headroom's doing
	engineName = "engine"
)

// say names the store in an error where there are others.
func (s *metricsStore) say(err error) error {
	if err == nil || !s.several {
		return err
	}
	return fmt.Errorf("datasource %s: %w", s.name, err)
}

// lookAfter says what to see to when the store cannot be read.
func (s *metricsStore) lookAfter() string {
	if s.address == "" {
		return "the embedded engine reads what is in the data directory: see to it"
	}
	return "the metrics store must run, be reachable from here at " + s.address + " and take the credentials of the configuration"
}

// stores are all metrics stores, in the order of the configuration.
type stores []*metricsStore

// of returns the store that an objective is read from, nil when none selects
// it.
func (s stores) of(o *slo.Objective) *metricsStore {
	for _, store := range s {
		if store.selects(o) {
			return store
		}
	}
	return nil
}

// name returns the name of the store that an objective is read from, "" for
// those that are not read from any: they count platform events, or no store
// selects them.
func (s stores) name(o *slo.Objective) string {
	if o.Indicator.Kind() == (slo.Events{}).Kind() {
		return ""
	}
	if store := s.of(o); store != nil {
		return store.name
	}
	return ""
}

// ask returns how to ask the store of an objective; nil and the dialect of any
// when there is none.
func (s stores) ask(o *slo.Objective) (budget.Querier, rules.Dialect) {
	if store := s.of(o); store != nil {
		return store.querier, store.dialect
	}
	return nil, s[0].dialect
}

func (s stores) close() error {
	var all cleanups
	for _, store := range s {
		all.add(store.name, store.close)
	}
	return all.run()
}

func openStores(c config.Config, own string, log *slog.Logger, registry prometheus.Registerer) (stores, error) {
	configured := c.Stores()
	if len(configured) == 0 {
		store, err := openEmbedded(c, own, log, registry)
		if err != nil {
			return nil, err
		}
		return stores{store}, nil
	}
	var list stores
	for i := range configured {
		store, err := openExternal(c.DataDir, &configured[i], log)
		if err != nil {
			_ = list.close() // the first error counts
			return nil, err
		}
		store.several = len(c.Datasources) > 0
		list = append(list, store)
	}
	return list, nil
}

const checkNoDatasource = "no-datasource"

// shownUnread is how many objectives a problem names.
const shownUnread = 5

// unread says which objectives no store selects.
func (s stores) unread(objectives []*slo.Objective) []diag.Problem {
	var ids []string
	for _, o := range objectives {
		if s.of(o) == nil {
			ids = append(ids, o.ID.String())
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	names := strings.Join(ids[:min(len(ids), shownUnread)], ", ")
	if more := len(ids) - shownUnread; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return []diag.Problem{{
		Check: checkNoDatasource, Severity: diag.Error,
		Message: "no datasource has " + names + ": they have no rules and are not measured",
		Hint:    "let the objectives of a datasource select them, or add one without objectives at the end, which has all others",
	}}
}
