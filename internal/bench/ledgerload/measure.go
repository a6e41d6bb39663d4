package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"headroom/budget"
	"headroom/budget/sqlite"
	"headroom/internal/promapi"
	"headroom/rules"
	"headroom/slo"
)

// Figures are what run prints as JSON.
type Figures struct {
	OpenSeconds      float64 `json:"open_seconds"` // until the ledger is open
	ColdSeconds      float64 `json:"cold_seconds"` // the same, and the first balances of all
	WarmSeconds      float64 `json:"warm_seconds"` // balances of all, median
	WarmCPU          float64 `json:"warm_cpu_seconds"`
	ColdCPU          float64 `json:"cold_cpu_seconds"`
	CorrectSeconds   float64 `json:"correct_seconds"`   // of all objectives with corrections, until the balances of all
	CorrectedSeconds float64 `json:"corrected_seconds"` // balances of all with them, median
	CorrectCPU       float64 `json:"correct_cpu_seconds"`
	CorrectedCPU     float64 `json:"corrected_cpu_seconds"`
	TickSeconds      float64 `json:"tick_seconds"`     // median
	TickCPU          float64 `json:"tick_cpu_seconds"` // user and system, median
	BackfillSeconds  float64 `json:"backfill_seconds"`
	BackfillBytes    int64   `json:"backfill_bytes"` // allocated meanwhile, at most alive
	HeapBytes        int64   `json:"heap_bytes"`     // alive
	ResidentBytes    int64   `json:"resident_bytes"` // at the end
	PeakBytes        int64   `json:"peak_bytes"`     // resident
	DiskBytes        int64   `json:"disk_bytes"`
}

const rounds = 5

func measure(ctx context.Context, s settings, stdout io.Writer) (err error) {
	debug.SetGCPercent(50) // as headroom serve does
	var f Figures
	list := objectives(s)
	began := time.Now()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: s.path})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := s.end
	l, err := budget.OpenLedger(ctx, budget.LedgerOptions{Store: db, Clock: func() time.Time { return now }})
	if err != nil {
		return err
	}
	f.OpenSeconds = time.Since(began).Seconds()
	first := budget.Key{SLO: list[0].ID, SLI: list[0].SLI()}
	for _, sl := range l.Slices(first, s.end, s.end.AddDate(1, 0, 0)) { // of an earlier run
		s.end = time.UnixMilli(sl.End)
	}
	now = s.end
	if err := l.SetObjectives(ctx, list, s.end); err != nil {
		return err
	}
	if err := balances(l, s, s.end); err != nil {
		return err
	}
	f.ColdSeconds, f.ColdCPU = time.Since(began).Seconds(), processor()
	if f.WarmSeconds, f.WarmCPU, err = median(func(int) error { return balances(l, s, s.end) }); err != nil {
		return err
	}
	if err := f.correct(l, list, s); err != nil {
		return err
	}
	if err := f.read(ctx, l, list, s, &now); err != nil {
		return err
	}
	f.HeapBytes = heap()
	runtime.KeepAlive(l)
	f.ResidentBytes, f.PeakBytes = resident()
	for _, suffix := range []string{"", "-wal"} {
		if file, err := os.Stat(s.path + suffix); err == nil {
			f.DiskBytes += file.Size()
		}
	}
	return json.NewEncoder(stdout).Encode(f)
}

// correct measures balances while an hour of each of the last 13 weeks is
// excluded, with a part of a slice at either end, and takes the corrections away
// again.
func (f *Figures) correct(l *budget.Ledger, list []*slo.Objective, s settings) (err error) {
	const odd = int64(100_000) // milliseconds
	var excluded []budget.Excluded
	for week := range 13 {
		from := s.end.AddDate(0, 0, -7*week-1).UnixMilli() + odd
		excluded = append(excluded, budget.Excluded{From: from, To: from + time.Hour.Milliseconds()})
	}
	corrections := make(map[slo.ID]budget.Corrections, len(list))
	for _, o := range list {
		corrections[o.ID] = budget.Corrections{Excluded: excluded}
	}
	began, used := time.Now(), processor()
	l.SetCorrections(corrections)
	if err := balances(l, s, s.end); err != nil {
		return err
	}
	f.CorrectSeconds, f.CorrectCPU = time.Since(began).Seconds(), processor()-used
	f.CorrectedSeconds, f.CorrectedCPU, err = median(func(int) error { return balances(l, s, s.end) })
	l.SetCorrections(nil)
	return err
}

// read measures ticks and the backfill of one more objective.
func (f *Figures) read(ctx context.Context, l *budget.Ledger, list []*slo.Objective, s settings, now *time.Time) error {
	address, err := url.Parse(s.url)
	if err != nil {
		return err
	}
	client, err := promapi.New(promapi.Options{URL: address})
	if err != nil {
		return err
	}
	defer client.Close()
	reader, err := budget.NewReader(budget.ReaderOptions{
		Ledger: l, Querier: client, ChunksPerTick: 100_000,
		Continuity: rules.Continuity,
		Raw:        func(o *slo.Objective, r time.Duration) (bad, total string) { return rules.Raw(o, rules.Prometheus3, r) },
	})
	if err != nil {
		return err
	}
	tick := func(int) error {
		*now = now.Add(resolution)
		return reader.Tick(ctx, *now)
	}
	if err := tick(0); err != nil { // the first also asks for history
		return err
	}
	if f.TickSeconds, f.TickCPU, err = median(tick); err != nil {
		return err
	}
	if err := balances(l, s, *now); err != nil {
		return err
	}
	if err := l.SetObjectives(ctx, append(slices.Clone(list), objective(s.objectives, s.window)), *now); err != nil {
		return err
	}
	before := heap()
	var after runtime.MemStats
	began := time.Now()
	if err := reader.Tick(ctx, now.Add(time.Second)); err != nil {
		return err
	}
	f.BackfillSeconds = time.Since(began).Seconds()
	runtime.ReadMemStats(&after)
	f.BackfillBytes = max(0, int64(after.HeapAlloc)-before)
	if n := reader.Pending(*now); n > 0 {
		return fmt.Errorf("%d objectives wait for history", n)
	}
	return nil
}

// balances computes those of all objectives and looks whether they are known.
func balances(l *budget.Ledger, s settings, at time.Time) error {
	list := l.Statuses(at)
	for _, status := range list {
		if b := status.Balance; b.Remaining == nil || !b.End.Equal(at) || *b.Coverage != 1 {
			return fmt.Errorf("the balance of %s is %+v", status.Objective.ID, b)
		}
	}
	if len(list) < s.objectives {
		return fmt.Errorf("%d balances of %d objectives", len(list), s.objectives)
	}
	return nil
}

// median runs something and returns the median of wall and CPU time.
func median(do func(i int) error) (wall, cpu float64, err error) {
	var walls, cpus []float64
	for i := range rounds {
		began, used := time.Now(), processor()
		if err := do(i); err != nil {
			return 0, 0, err
		}
		walls, cpus = append(walls, time.Since(began).Seconds()), append(cpus, processor()-used)
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	return walls[rounds/2], cpus[rounds/2], nil
}

// processor is the CPU time of this process, in seconds.
func processor() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it only refuses a wrong argument
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// resident is the memory of this process, now and at most.
func resident() (now, most int64) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	return field(string(text), "VmRSS:"), field(string(text), "VmHWM:")
}
