package budget_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// shop is a metrics store whose counters and rules are known exactly: what
// increase says is true to the event, and tiles catch up as the rules do.
type shop struct {
	flows   []*flow
	rules   []*slo.Objective // whose rules are loaded
	phase   time.Duration
	missed  func(at time.Time) bool // evaluations
	failing bool
	broken  func(expr string) bool // queries that are refused alone
	twice   bool                   // every tile comes from two replicas
	late    time.Duration          // until a tile can be read
	tiles   map[tileName][]budget.Point
	now     int64
	holes   []span // without samples, evaluations and answers
	present *int64 // the store's own time, which has nothing later; nil: whatever is asked for
	guard   sync.Mutex
	queries []string
}

// span is an interval since the epoch.
type span struct{ from, to time.Duration }

// seen returns the part of (from, to] whose ends have samples: an increase counts
// from the first sample to the last.
func (s *shop) seen(from, to int64) (int64, int64) {
	for _, h := range s.holes {
		begin, end := after(h.from).UnixMilli(), after(h.to).UnixMilli()
		if from >= begin && from < end {
			from = end
		}
		if to > begin && to <= end {
			to = begin
		}
	}
	return from, to
}

// away reports whether the store has a hole at a time.
func (s *shop) away(at int64) bool {
	from, _ := s.seen(at, at)
	return from != at
}

type tileName struct {
	name, id, sli string
	group         slo.Group
}

// flow is the events of one group: so many a minute, of which some are bad.
type flow struct {
	group      map[string]string
	born, died time.Duration // since the epoch; died 0 for never
	total      int64         // events a minute
	outage     [2]time.Duration
	idle       bool
}

// count returns the events from birth to a time.
func (f *flow) count(at int64) (bad, total int64) {
	since := func(ms int64, d time.Duration) int64 { return max(0, (ms-after(d).UnixMilli())/1000) }
	if f.died > 0 {
		at = min(at, after(f.died).UnixMilli())
	}
	if f.idle {
		return 0, 0
	}
	total = since(at, f.born) * f.total / 60
	bad = since(at, f.born)/100 + (since(at, f.outage[0])-since(at, f.outage[1]))*f.total/120
	return bad, total
}

// increase returns the events in (from, to]; false when there are no series.
func (f *flow) increase(from, to int64) (bad, total float64, ok bool) {
	born := after(f.born).UnixMilli()
	if to <= born || f.died > 0 && from >= after(f.died).UnixMilli() {
		return 0, 0, false
	}
	b0, t0 := f.count(max(from, born))
	b1, t1 := f.count(to)
	return float64(b1 - b0), float64(t1 - t0), true
}

var errAway = errors.New("connection refused")

// raw is the Raw of ReaderOptions: queries that shop understands.
func raw(o *slo.Objective, r time.Duration) (bad, total string) {
	name := o.ID.String() + " " + strconv.FormatInt(r.Milliseconds(), 10)
	return "bad " + name, "total " + name
}

func (s *shop) Instant(_ context.Context, expr string, at time.Time) ([]budget.Series, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	s.queries = append(s.queries, expr)
	if s.failing || s.broken != nil && s.broken(expr) {
		return nil, errAway
	}
	if s.present == nil {
		s.advance(at.UnixMilli())
	} else {
		s.advance(*s.present)
	}
	switch {
	case strings.HasPrefix(expr, "last_over_time(slo:info["):
		var list []budget.Series
		for _, o := range s.rules {
			list = append(list, budget.Series{Labels: map[string]string{"slo": o.ID.String(), "spec": o.SpecHash()}, Points: []budget.Point{{T: at.UnixMilli(), V: 1}}})
		}
		return list, nil
	case strings.HasPrefix(expr, "{"):
		return s.recorded(expr, at.UnixMilli())
	default:
		return s.counted(expr, at, at, time.Second)
	}
}

func (s *shop) Range(_ context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	s.queries = append(s.queries, "range "+expr)
	if s.failing || s.broken != nil && s.broken(expr) {
		return nil, errAway
	}
	if n := end.Sub(start)/step + 1; n > 11_000 {
		return nil, fmt.Errorf("%d points exceed the limit", n)
	}
	return s.counted(expr, start, end, step)
}

func (s *shop) counted(expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	words := strings.Fields(expr)
	length, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return nil, err
	}
	var list []budget.Series
	for _, f := range s.flows {
		series := budget.Series{Labels: f.group}
		for at := start; !at.After(end); at = at.Add(step) {
			to := at.UnixMilli()
			if s.present != nil {
				to = min(to, *s.present)
			}
			from, to := s.seen(at.UnixMilli()-length, to)
			bad, total, ok := f.increase(from, to)
			ok = ok && to > from
			if words[0] == "bad" {
				total = bad
			}
			if ok {
				series.Points = append(series.Points, budget.Point{T: at.UnixMilli(), V: total})
			}
		}
		if len(series.Points) > 0 {
			list = append(list, series)
		}
	}
	return list, nil
}

var tileQuery = regexp.MustCompile(`^\{__name__=~"slo:bad:tile\|slo:total:tile"(?:,slo=~"([^"]*)")?\}\[(\d+)ms\]$`)

func (s *shop) recorded(expr string, at int64) ([]budget.Series, error) {
	words := tileQuery.FindStringSubmatch(expr)
	if words == nil {
		return nil, fmt.Errorf("parse error: %s", expr)
	}
	length, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return nil, err
	}
	var list []budget.Series
	for n, points := range s.tiles {
		if words[1] != "" && !slices.Contains(strings.Split(words[1], "|"), n.id) {
			continue
		}
		series := budget.Series{Labels: n.group.Labels()}
		maps.Copy(series.Labels, map[string]string{"__name__": n.name, "slo": n.id, "sli": n.sli})
		for _, p := range points {
			if p.T > at-length && p.T <= at-s.late.Milliseconds() {
				series.Points = append(series.Points, p)
			}
		}
		if len(series.Points) > 0 {
			list = append(list, series)
		}
		if len(series.Points) > 0 && s.twice {
			list = append(list, series)
		}
	}
	return list, nil
}

// advance evaluates the rules up to now.
func (s *shop) advance(now int64) {
	if s.tiles == nil {
		s.tiles = map[tileName][]budget.Point{}
		s.now = epoch.UnixMilli()
	}
	for ; s.now < now; s.now += 1000 {
		for _, o := range s.rules {
			step := o.Resolution.Milliseconds()
			if at := s.now + 1000; !s.away(at) && (at-s.phase.Milliseconds())%step == 0 && (s.missed == nil || !s.missed(time.UnixMilli(at).UTC())) {
				s.evaluate(o, at, step)
			}
		}
	}
}

func (s *shop) evaluate(o *slo.Objective, at, step int64) {
	for _, f := range s.flows {
		from, to := s.seen(at-step, at)
		bad, total, ok := f.increase(from, to)
		if !ok || to <= from {
			continue
		}
		badName := tileName{"slo:bad:tile", o.ID.String(), o.SLI(), slo.NewGroup(f.group)}
		totalName := badName
		totalName.name = "slo:total:tile"
		if last := s.tiles[totalName]; len(last) == 0 || last[len(last)-1].T != at-step {
			from, to := s.seen(at-12*step, at)
			bad, total, _ = f.increase(from, to)
			bad -= sumSince(s.tiles[badName], at-12*step)
			total -= sumSince(s.tiles[totalName], at-12*step)
		}
		s.tiles[badName] = append(s.tiles[badName], budget.Point{T: at, V: bad})
		s.tiles[totalName] = append(s.tiles[totalName], budget.Point{T: at, V: total})
	}
}

func sumSince(points []budget.Point, from int64) float64 {
	sum := 0.0
	for _, p := range points {
		if p.T > from {
			sum += p.V
		}
	}
	return sum
}

// keeper is a ledger with its reader, over a store that outlives both.
type keeper struct {
	t          *testing.T
	store      *memory
	shop       *shop
	objectives []*slo.Objective
	ledger     *budget.Ledger
	reader     *budget.Reader
}

func newKeeper(t *testing.T, s *shop, objectives ...*slo.Objective) *keeper {
	t.Helper()
	k := &keeper{t: t, store: newMemory(), shop: s, objectives: objectives}
	k.restart(epoch)
	return k
}

// restart begins anew from the store, as after kill -9.
func (k *keeper) restart(now time.Time) {
	k.t.Helper()
	k.ledger = openLedger(k.t, k.store)
	declare(k.t, k.ledger, now, k.objectives...)
	var err error
	k.reader, err = budget.NewReader(budget.ReaderOptions{Ledger: k.ledger, Querier: k.shop, Raw: raw, SettleDelay: 10 * time.Second})
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) tick(at time.Time) {
	k.t.Helper()
	if err := k.reader.Tick(k.t.Context(), at); err != nil {
		k.t.Fatalf("tick at %s: %v", at, err)
	}
}

// run ticks each minute in (from, to].
func (k *keeper) run(from, to time.Duration) {
	k.t.Helper()
	for d := from + time.Minute; d <= to; d += time.Minute {
		k.tick(after(d))
	}
}

func (k *keeper) slices(o *slo.Objective, group map[string]string) []budget.Slice {
	return k.ledger.Slices(keyOf(o, group), time.UnixMilli(0), after(1000*time.Hour))
}

// failer is what testing and rapid have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// wantTruth verifies that the slices follow one another without gaps and that
// each holds exactly what the flow counted.
func (k *keeper) wantTruth(t failer, o *slo.Objective, f *flow, from, to time.Duration) {
	t.Helper()
	list := k.slices(o, f.group)
	if len(list) == 0 {
		t.Fatalf("no slices")
	}
	for i, s := range list {
		if i > 0 && s.Start != list[i-1].End {
			t.Errorf("a hole of %s before %s", time.Duration(s.Start-list[i-1].End)*time.Millisecond, time.UnixMilli(s.Start).UTC())
		}
		bad, total, _ := f.increase(s.Start, s.End)
		if s.Bad != budget.CountOf(bad) || s.Total != budget.CountOf(total) {
			t.Errorf("%s – %s: bad %v of %v, want %v of %v", time.UnixMilli(s.Start).UTC(), time.UnixMilli(s.End).UTC(), s.Bad.Events(), s.Total.Events(), bad, total)
		}
	}
	if first := list[0].Start; first > after(from).UnixMilli() {
		t.Errorf("the first slice starts at %s, want by %s", time.UnixMilli(first).UTC(), after(from))
	}
	if last := list[len(list)-1].End; last > after(to).UnixMilli() || last <= after(to-2*o.Resolution).UnixMilli() {
		t.Errorf("the last slice ends at %s, want about %s", time.UnixMilli(last).UTC(), after(to))
	}
}
