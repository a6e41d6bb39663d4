package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"headroom/rules/ruler/rulertest"
)

type rulerKey struct{}

// keepRuler starts a ruler and sets RULER, or speaks to the one that runs:
//
//	ruler put TENANT NAMESPACE GROUP   sets a group of somebody else
//	ruler holds TENANT [GROUP...]      demands the groups that it holds
//	ruler has TENANT GROUP...          demands that it holds these, too
//	ruler lacks TENANT GROUP...        demands that it holds none of these
//	ruler breaks N STATUS              answers so from the Nth change on
//	ruler mends                        answers as it should
func keepRuler(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		fake := rulertest.New()
		server := httptest.NewServer(fake)
		ts.Defer(server.Close)
		ts.Setenv("RULER", server.URL)
		ts.Value(rulerKey{}).(map[string]*rulertest.Ruler)["one"] = fake
		return
	}
	fake := ts.Value(rulerKey{}).(map[string]*rulertest.Ruler)["one"]
	switch args[0] {
	case "put":
		fake.Put(args[1], args[2], args[3])
	case "holds":
		if got := fake.Groups(args[1]); !slices.Equal(got, args[2:]) {
			ts.Fatalf("the ruler holds %q, want %q", got, args[2:])
		}
	case "has", "lacks":
		for _, group := range args[2:] {
			if got := fake.Groups(args[1]); slices.Contains(got, group) != (args[0] == "has") {
				ts.Fatalf("the ruler holds %q, which %s %q is not true of", got, args[0], group)
			}
		}
	case "breaks":
		fake.Altered()
		from, err := strconv.Atoi(args[1])
		ts.Check(err)
		status, err := strconv.Atoi(args[2])
		ts.Check(err)
		fake.Fault = func(n int, r *http.Request) (int, string) {
			if r.Method != http.MethodGet && n >= from {
				return status, "not today"
			}
			return 0, ""
		}
	case "mends":
		fake.Fault = nil
	default:
		ts.Fatalf("usage: ruler [put|holds|has|lacks|breaks|mends], not %s", strings.Join(args, " "))
	}
}
