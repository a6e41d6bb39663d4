package main

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/slo"
)

// keepGate is the script command "gate POLICIES [away N]": it starts headroom's
// API with statuses of every kind and the policies of a file or none, sets
// HEADROOM_URL, and writes the tokens that may claim exempt changes and that may
// not to the files exempt and decide. With "away N" the first N questions find
// the service starting.
func keepGate(ts *testscript.TestScript, _ bool, args []string) {
	var policies []policy.Policy
	if args[0] != "none" {
		documents, problems := policy.Parse(args[0], []byte(ts.ReadFile(args[0])))
		if len(problems) > 0 {
			ts.Fatalf("%v", problems)
		}
		for _, d := range documents {
			policies = append(policies, d.Policy)
		}
	}
	var away atomic.Int32
	if len(args) == 3 {
		n, err := strconv.ParseInt(args[2], 10, 32)
		ts.Check(err)
		away.Store(int32(n))
	}
	handler := scriptAPI(ts, api.Options{Statuses: apitest.Statuses, Gate: scriptGate(ts, policies), Tokens: scriptTokens(ts)})
	serveScript(ts, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	}))
}

// keepImpostor is the script command "impostor STATUS TYPE BODY": it starts
// something that is not headroom, answers everything alike, and is at
// HEADROOM_URL.
func keepImpostor(ts *testscript.TestScript, _ bool, args []string) {
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	serveScript(ts, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", args[1])
		w.WriteHeader(status)
		_, _ = w.Write([]byte(args[2]))
	}))
}

func scriptGate(ts *testscript.TestScript, policies []policy.Policy) *gate.Gate {
	g, err := gate.New(gate.Options{
		Objectives: func() []*slo.Objective {
			var list []*slo.Objective
			for _, s := range apitest.Statuses() {
				list = append(list, s.Objective)
			}
			return list
		},
		Statuses: func(id slo.ID, _ time.Time) []budget.Status {
			return slices.DeleteFunc(apitest.Statuses(), func(s budget.Status) bool { return s.Objective.ID != id })
		},
		Policies: func() []policy.Policy { return policies },
		Now:      apitest.Now,
	})
	ts.Check(err)
	return g
}

func scriptTokens(ts *testscript.TestScript) *auth.Tokens {
	var list []auth.Token
	for _, scope := range []auth.Scope{auth.Exempt, auth.Decide} {
		token := auth.Generate()
		list = append(list, auth.Token{Name: string(scope), Hash: auth.HashOf(token), Scopes: []auth.Scope{scope}})
		ts.Check(os.WriteFile(ts.MkAbs(string(scope)), []byte(token+"\n"), 0o600))
	}
	tokens, err := auth.New(list)
	ts.Check(err)
	return tokens
}
