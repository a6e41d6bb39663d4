package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"headroom/budget"
	"headroom/budget/sqlite"
	"headroom/slo"
)

const (
	resolution = 5 * time.Minute
	step       = int64(resolution / time.Millisecond)
)

// objectives returns n objectives of different services.
func objectives(s settings) []*slo.Objective {
	list := make([]*slo.Objective, 0, s.objectives)
	for i := range s.objectives {
		list = append(list, objective(i, s.window))
	}
	return list
}

func objective(i int, window time.Duration) *slo.Objective {
	job := fmt.Sprintf(`{job="service-%d",handler="/%d"}`, i/10, i%10)
	return &slo.Objective{
		ID:     slo.ID{Namespace: "bench", Service: fmt.Sprintf("service-%d", i/10), Objective: fmt.Sprintf("availability-%d", i%10)},
		Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: window}, Resolution: resolution,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`http_errors_total` + job), Total: slo.MustCounter(`http_requests_total` + job)},
	}
}

// events returns the counts of a slice: about 500 a second with fractions that
// extrapolation leaves, of which 0.03 % are bad.
func events(random *rand.Rand) (bad, total float64) {
	return float64(random.IntN(9000)) / 100, 150_000 + float64(random.IntN(400_000))/100
}

// fill writes the database: every objective has a slice for each step.
func fill(ctx context.Context, s settings) (err error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: s.path})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	list := objectives(s)
	begin := s.end.AddDate(0, 0, -s.days)
	// No slice is late, as none was when a service ran all the time.
	l, err := budget.OpenLedger(ctx, budget.LedgerOptions{Store: db, Clock: func() time.Time { return begin }})
	if err != nil {
		return err
	}
	if err := l.SetObjectives(ctx, list, begin); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 1))
	made := make([]budget.Slice, 0, s.days*288)
	for _, o := range list {
		made = made[:0]
		for start := begin.UnixMilli(); start < s.end.UnixMilli(); start += step {
			bad, total := events(random)
			made = append(made, budget.Slice{Start: start, End: start + step, Bad: budget.CountOf(bad), Total: budget.CountOf(total), Source: budget.SourceTile})
		}
		if _, err := l.Add(ctx, budget.Key{SLO: o.ID, SLI: o.SLI()}, begin, made...); err != nil {
			return err
		}
	}
	return settle(ctx, s.path)
}

// settle notes that history was asked for, so that no tick asks for it.
func settle(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "UPDATE tracks SET history_from_ms = 1")
	return err
}
