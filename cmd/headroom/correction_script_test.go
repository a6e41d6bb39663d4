package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/slo"
)

// withoutEffects is a book that tells no effects.
type withoutEffects struct{ *correction.Book }

func (withoutEffects) Effects(correction.Correction, bool) []correction.Effect { return nil }

// keepCorrections is the script command "corrections": it serves a book of
// corrections in the data directory books, and its audit, at HEADROOM_URL. What
// is corrected of checkout takes two people. The tokens of ada, an editor, and
// grace, an approver, are in variables of their names.
func keepCorrections(ts *testscript.TestScript, _ bool, _ []string) {
	db := scriptStore(ts, "books")
	book, err := correction.Open(context.Background(), correction.Options{
		Store: db, Now: apitest.Now, NeedsTwo: func(o *slo.Objective) bool { return o.ID.Service == "checkout" },
		Objectives: func() (list []*slo.Objective) {
			for _, s := range apitest.Statuses() {
				list = append(list, s.Objective)
			}
			return list
		},
	})
	ts.Check(err)
	keeper, err := audit.New(audit.Options{Store: db, Keep: time.Hour, Now: apitest.Now})
	ts.Check(err)
	var list []auth.Token
	for name, role := range map[string]auth.Role{"ada": auth.Editor, "grace": auth.Approver} {
		token := auth.Generate()
		list = append(list, auth.Token{Name: name, Hash: auth.HashOf(token), Role: role})
		ts.Setenv(name, token)
	}
	tokens, err := auth.New(list)
	ts.Check(err)
	serveScript(ts, scriptAPI(ts, api.Options{Statuses: apitest.Statuses, Corrections: withoutEffects{book}, Tokens: tokens, Audit: keeper}))
}
