package main

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget"
	"headroom/budget/sqlite"
	"headroom/slo"
)

// keepLedger is the script command "ledger": it serves the ledger in
// headroom-data, which has a day of slices of checkout/availability, at
// HEADROOM_URL.
func keepLedger(ts *testscript.TestScript, _ bool, _ []string) {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(ts.MkAbs("headroom-data"), "headroom.db")})
	ts.Check(err)
	ts.Defer(func() { ts.Check(db.Close()) })
	ledger, err := budget.OpenLedger(ctx, budget.LedgerOptions{Store: db})
	ts.Check(err)
	o := apitest.Statuses()[1].Objective
	begin := apitest.Now().Truncate(5 * time.Minute).Add(-24 * time.Hour)
	ts.Check(ledger.SetObjectives(ctx, []*slo.Objective{o}, begin))
	var list []budget.Slice
	for at := begin; len(list) < 288; at = at.Add(5 * time.Minute) {
		list = append(list, budget.Slice{Start: at.UnixMilli(), End: at.Add(5 * time.Minute).UnixMilli(), Bad: 100, Total: 200_000, Source: budget.SourceTile})
	}
	_, err = ledger.Add(ctx, budget.Key{SLO: o.ID, SLI: o.SLI()}, begin, list...)
	ts.Check(err)
	handler, err := api.New(api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(apitest.Now()) }, Ledger: ledger,
		Now: apitest.Now, Registry: prometheus.NewRegistry(),
	})
	ts.Check(err)
	server := httptest.NewServer(handler)
	ts.Defer(server.Close)
	ts.Setenv(urlVariable, server.URL)
}
