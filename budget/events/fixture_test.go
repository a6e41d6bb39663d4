package events_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"headroom/budget"
	"headroom/budget/events"
	"headroom/budget/sqlite"
	"headroom/slo"
	"headroom/slo/event"
)

var epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return epoch.Add(d) }

func objective(name string, change ...func(*slo.Events)) *slo.Objective {
	in := slo.Events{EventKind: "pipeline", Ignore: []string{"user"}}
	for _, f := range change {
		f(&in)
	}
	return &slo.Objective{
		ID:     slo.ID{Namespace: "platform", Service: "pipelines", Objective: name},
		Target: slo.MustTarget("90%"), Window: slo.Window{Rolling: 24 * time.Hour}, Resolution: 5 * time.Minute, Indicator: in,
	}
}

// ended is a run that ended at a time after the epoch.
func ended(n int, at time.Duration, outcome event.Outcome) event.Event {
	return event.Event{
		Source: "github", Kind: event.Pipeline, Subject: "acme/shop: build.yml", Run: strconv.Itoa(n), Attempt: 1,
		Started: after(at - time.Minute), Finished: after(at), Outcome: outcome, Branch: "main",
	}
}

// station is a headroom that can be stopped and started again.
type station struct {
	t        *testing.T
	path     string
	now      time.Time
	declared []*slo.Objective

	db       *sqlite.Store
	store    *flaky
	ledger   *budget.Ledger
	recorder *events.Recorder
	set      *metrics.Set
}

func newStation(t *testing.T, objectives ...*slo.Objective) *station {
	t.Helper()
	s := &station{t: t, path: filepath.Join(t.TempDir(), "headroom.db"), now: epoch, declared: objectives}
	s.start()
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *station) start() {
	s.t.Helper()
	s.open()
	s.declare(s.declared...)
}

// open starts headroom before it has read any spec.
func (s *station) open() {
	s.t.Helper()
	var err error
	if s.db, err = sqlite.Open(s.t.Context(), sqlite.Options{Path: s.path}); err != nil {
		s.t.Fatal(err)
	}
	if s.ledger, err = budget.OpenLedger(s.t.Context(), budget.LedgerOptions{Store: s.db}); err != nil {
		s.t.Fatal(err)
	}
	s.store, s.set = &flaky{Store: s.db.Events()}, metrics.NewSet()
	s.recorder, err = events.New(events.Options{Store: s.store, Ledger: s.ledger, Clock: func() time.Time { return s.now }, Set: s.set})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) stop() {
	s.t.Helper()
	if err := s.db.Close(); err != nil {
		s.t.Error(err)
	}
}

func (s *station) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

func (s *station) declare(objectives ...*slo.Objective) {
	s.t.Helper()
	s.declared = objectives
	if err := s.ledger.SetObjectives(s.t.Context(), objectives, s.now); err != nil {
		s.t.Fatal(err)
	}
	if err := s.recorder.SetObjectives(s.t.Context(), objectives); err != nil {
		s.t.Fatal(err)
	}
}

// record reports runs, at once or when the last of them has ended.
func (s *station) record(reports ...event.Event) {
	s.t.Helper()
	defer func(now time.Time) { s.now = now }(s.now)
	for _, e := range reports {
		if e.Finished.After(s.now) {
			s.now = e.Finished
		}
	}
	if dropped, err := s.recorder.Record(s.t.Context(), reports...); err != nil || dropped > 0 {
		s.t.Fatalf("dropped %d, error %v", dropped, err)
	}
}

// run ticks every half minute until a time after the epoch.
func (s *station) run(until time.Duration) {
	s.t.Helper()
	for ; !s.now.After(after(until)); s.now = s.now.Add(30 * time.Second) {
		if err := s.recorder.Tick(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
	s.now = after(until)
}

// page is what the counters say, as on the page of metrics.
func (s *station) page() string {
	var b bytes.Buffer
	s.set.WritePrometheus(&b)
	return b.String()
}

func (s *station) wantCounters(o *slo.Objective, good, bad int) {
	s.t.Helper()
	for result, want := range map[string]int{"good": good, "bad": bad} {
		line := `headroom_slo_events_total{slo="` + o.ID.String() + `",sli="` + o.SLI() + `",result="` + result + `"} ` + strconv.Itoa(want) + "\n"
		if !strings.Contains(s.page(), line) {
			s.t.Errorf("no line %sin:\n%s", line, s.page())
		}
	}
}

// wantSlices compares the ledger, written as "0/1 -/- 1/2": bad of total per
// five minutes from the epoch on, - where it was not measured.
func (s *station) wantSlices(o *slo.Objective, want string) {
	s.t.Helper()
	list := s.ledger.Slices(budget.Key{SLO: o.ID, SLI: o.SLI()}, epoch, after(24*time.Hour))
	var got []string
	for at := epoch; len(list) > 0; at = at.Add(o.Resolution) {
		if list[0].Start != at.UnixMilli() {
			got = append(got, "-")
			continue
		}
		if list[0].Source != budget.SourceEvent || list[0].Duration() != o.Resolution {
			s.t.Errorf("slice %+v", list[0])
		}
		got = append(got, strconv.FormatFloat(list[0].Bad.Events(), 'g', -1, 64)+"/"+strconv.FormatFloat(list[0].Total.Events(), 'g', -1, 64))
		list = list[1:]
	}
	if text := strings.Join(got, " "); text != want {
		s.t.Errorf("slices of %s are\n%s\nwant\n%s", o.ID.Objective, text, want)
	}
}

var errRefused = errors.New("no space left on device")

// flaky is a store that can refuse to write.
type flaky struct {
	events.Store
	refuse  bool
	commits int
}

func (f *flaky) Commit(ctx context.Context, b events.Batch) error {
	if f.refuse {
		return errRefused
	}
	f.commits++
	return f.Store.Commit(ctx, b)
}
