package main

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"headroom/api/apitest"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget/gate"
)

func TestAnswersSteerNoTerminal(t *testing.T) {
	r := gateResult{Error: apitest.Hostile, Gate: v1.Gate{Formerly: apitest.Hostile, Decision: gate.Decision{
		Verdict: gate.Held, Service: "default/shop", Environment: apitest.Hostile, Summary: apitest.Hostile,
		Reasons: []gate.Reason{{Text: apitest.Hostile + "\u202e\r"}}, Ways: []string{apitest.Hostile}, Omitted: 3,
	}}}
	var b strings.Builder
	if err := writeGate(&b, []gateResult{r}); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.String() {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Errorf("character %U in:\n%s", c, b.String())
		}
	}
	if !strings.Contains(b.String(), " is default/shop now.\n") {
		t.Errorf("the new name is not said:\n%s", b.String())
	}
	if !strings.Contains(b.String(), "- and 3 more") {
		t.Errorf("what is omitted is not said:\n%s", b.String())
	}
}

// TestWhatIsAnAnswer: --fail is about nobody answering, and about nothing else.
func TestWhatIsAnAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"no connection":      {&client.Error{Err: errors.New("connection refused")}, true},
		"half an answer":     {&client.Error{Status: 200, Err: errors.New("read answer as JSON")}, true},
		"a bad answer":       {&client.Error{Status: 200, Err: client.ErrBadAnswer}, true},
		"another's 404":      {&client.Error{Status: 404}, false},
		"a redirect":         {&client.Error{Status: 304}, false},
		"a proxy's 502":      {&client.Error{Status: 502}, true},
		"not ready":          {&client.Error{Status: 503, Code: v1.CodeNotReady}, true},
		"a fault of its own": {&client.Error{Status: 500, Code: v1.CodeInternal}, true},
		"no such service":    {&client.Error{Status: 404, Code: v1.CodeNotFound}, false},
		"a wrong token":      {&client.Error{Status: 401, Code: v1.CodeUnauthorized}, false},
		"a proxy's 403":      {&client.Error{Status: 403}, false},
		"a mistake":          {&client.Error{Status: 400, Code: v1.CodeInvalid}, false},
		"another error":      {errors.New("x"), false},
	} {
		if got := nobodyAnswered(test.err); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
