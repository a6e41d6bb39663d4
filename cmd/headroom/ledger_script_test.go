package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/why"
	"headroom/rules"
	"headroom/slo"
)

// keepLedger is the script command "ledger": it serves the ledger in
// headroom-data, which has a day of slices of checkout/availability, at
// HEADROOM_URL. An argument is a correction of its last hour.
func keepLedger(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	ledger, err := budget.OpenLedger(ctx, budget.LedgerOptions{Store: scriptStore(ts, "headroom-data")})
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
	teller, err := why.New(why.Options{Ledger: ledger, Corrections: corrected(ts, ledger, o, args), Dialect: rules.Prometheus3, Now: apitest.Now})
	ts.Check(err)
	serveScript(ts, scriptAPI(ts, api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(apitest.Now()) }, Ledger: ledger, Why: teller,
	}))
}

// corrected excludes the last hour for the reason that is given, if one is.
func corrected(ts *testscript.TestScript, ledger *budget.Ledger, o *slo.Objective, reasons []string) func() []correction.Correction {
	var list []correction.Correction
	for _, reason := range reasons {
		draft := correction.Draft{
			Category: string(correction.Maintenance), Reason: reason, Objectives: correction.Selection{IDs: []string{o.ID.String()}},
			From: "2026-11-23T13:32:00Z", To: "2026-11-23T14:30:00Z",
		}
		terms, err := draft.Terms()
		ts.Check(err)
		list = append(list, correction.Correction{
			ID: "7", Terms: terms, Author: "ann", CreatedAt: apitest.Now().Add(-time.Hour), ApprovalNeeded: true, ApprovedBy: "bob", ApprovedAt: apitest.Now(),
		})
	}
	ledger.SetCorrections(correction.Expand(list, []*slo.Objective{o}, apitest.Now(), apitest.Now()))
	return func() []correction.Correction { return list }
}
