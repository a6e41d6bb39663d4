package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headroom/api/client"
	"headroom/budget/gate"
	"headroom/budget/policy"
)

// TestGateBelievesNoOtherAnswer asks what returns JSON and is no gate.
func TestGateBelievesNoOtherAnswer(t *testing.T) {
	const rest = `,"service":"default/shop","environment":"Production","change":"fix"}`
	for name, test := range map[string]struct{ body, want string }{
		"allowed":             {`{"allowed":true,"verdict":"allowed"` + rest, ""},
		"held":                {`{"allowed":false,"verdict":"held"` + rest, ""},
		"unknown":             {`{"allowed":false,"verdict":"unknown"` + rest, ""},
		"nothing":             {`{}`, `the verdict "" is not known`},
		"null":                {`null`, `the verdict "" is not known`},
		"no verdict":          {`{"allowed":true` + rest, `the verdict "" is not known`},
		"another verdict":     {`{"allowed":true,"verdict":"fine"` + rest, `the verdict "fine" is not known`},
		"held and allowed":    {`{"allowed":true,"verdict":"held"` + rest, "the verdict is held, and allowed is true"},
		"allowed and not":     {`{"allowed":false,"verdict":"allowed"` + rest, "the verdict is allowed, and allowed is false"},
		"another service":     {`{"allowed":true,"verdict":"allowed","service":"default/other","environment":"Production","change":"fix"}`, `the service "default/other", and "default/shop" was asked`},
		"another environment": {`{"allowed":true,"verdict":"allowed","service":"default/shop","environment":"staging","change":"fix"}`, `the environment "staging", and "Production" was asked`},
		"another change":      {`{"allowed":true,"verdict":"allowed","service":"default/shop","environment":"Production","change":"feature"}`, `the change "feature", and "fix" was asked`},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			answer, err := newClient(t, server.URL, client.Options{}).Gate(t.Context(), "default/shop", "Production", policy.Fix)
			if test.want == "" {
				if err != nil || answer.Verdict != gate.Verdict(name) {
					t.Errorf("%+v, %v", answer, err)
				}
				return
			}
			var asked *client.Error
			if !errors.As(err, &asked) || !errors.Is(err, client.ErrBadAnswer) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want a bad answer with %q", err, test.want)
			}
			if want := "ask " + server.URL + "/api/v1/gate/default/shop?change=fix&environment=Production: "; err != nil && !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %q does not begin with %q", err, want)
			}
			if answer.Allowed {
				t.Error("the answer is returned all the same")
			}
		})
	}
}
