package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/audit"
	"headroom/slo"
)

// keepAudit is the script command "audited": it serves an audit and two
// datasources at HEADROOM_URL, to the token in the file token.
func keepAudit(ts *testscript.TestScript, _ bool, _ []string) {
	ctx := context.Background()
	now := apitest.Now()
	keeper, err := audit.New(audit.Options{Store: scriptStore(ts, "audited"), Keep: time.Hour, Now: func() time.Time { now = now.Add(time.Minute); return now }})
	ts.Check(err)
	for _, e := range []audit.Entry{
		{Actor: "ada", Action: audit.CorrectionAdd, Subject: "correction 1", Outcome: audit.Done, Details: "a \x1b[31mred\nline"},
		{Actor: "grace", Action: audit.CorrectionApprove, Subject: "correction 1", Outcome: audit.Done},
		{Action: audit.NoteAdd, Outcome: audit.Refused, Details: "this needs a token"},
		{Action: audit.NoteAdd, Outcome: audit.Refused, Details: "this needs a token"},
		{Actor: audit.Files, Action: audit.SpecAccept, Subject: "default/checkout/latency", Outcome: audit.Done},
	} {
		keeper.Record(ctx, e)
	}
	keeper.Compare(ctx, audit.Things{Kind: "token", Present: map[string]string{"token joan": "role viewer"}, Accept: audit.TokenAccept, Remove: audit.TokenRemove, Actor: audit.Service})
	token := auth.Generate()
	tokens, err := auth.New([]auth.Token{{Name: "joan", Hash: auth.HashOf(token), Role: auth.Viewer}})
	ts.Check(err)
	serveScript(ts, scriptAPI(ts, api.Options{
		Statuses: apitest.Statuses, Tokens: tokens, Audit: keeper,
		Datasource: func(o *slo.Objective) string {
			if o.ID.Service == "checkout" {
				return "europe"
			}
			return "metal"
		},
		Datasources: func() []v1.Datasource {
			return []v1.Datasource{
				{Name: "europe", URL: "https://mimir.example", Dialect: "prometheus-3", Objectives: 4, Up: new(true), ReadAt: new(apitest.Now()), Rules: v1.DatasourceRules{By: "ruler", Delivered: true}},
				{Name: "metal", URL: "http://victoria.example", Dialect: "victoriametrics", Objectives: 2, Up: new(false), Error: "no answer", HistoryPending: 2, Rules: v1.DatasourceRules{By: "none"}},
			}
		},
	}))
	ts.Setenv("TOKEN", token)
}
