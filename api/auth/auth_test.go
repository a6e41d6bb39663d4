package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
)

func accept(t *testing.T, tokens ...auth.Token) *auth.Tokens {
	t.Helper()
	set, err := auth.New(tokens)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestRequire(t *testing.T) {
	ci, boss := auth.Generate(), auth.Generate()
	set := accept(t,
		auth.Token{Name: "ci", Hash: auth.HashOf(ci), Scopes: []auth.Scope{auth.Events, auth.Read}},
		auth.Token{Name: "boss", Hash: auth.HashOf(boss), Scopes: []auth.Scope{auth.Admin}},
	)
	const missing, unknown, refused = "Authorization: Bearer TOKEN", "is not known here", "lacks the scope"
	for name, test := range map[string]struct {
		header string
		scope  auth.Scope
		who    string // "" when it is refused
		says   string
	}{
		"right":               {"Bearer " + ci, auth.Events, "ci", ""},
		"scheme in lower":     {"bearer " + ci, auth.Read, "ci", ""},
		"admin may all":       {"Bearer " + boss, auth.Exempt, "boss", ""},
		"another scope":       {"Bearer " + ci, auth.Decide, "", refused},
		"no header":           {"", auth.Events, "", missing},
		"no token":            {"Bearer ", auth.Events, "", unknown},
		"wrong":               {"Bearer " + auth.Generate(), auth.Events, "", unknown},
		"half":                {"Bearer " + ci[:len(ci)-1], auth.Events, "", unknown},
		"more":                {"Bearer " + ci + "x", auth.Events, "", unknown},
		"the hash":            {"Bearer " + hexOf(ci), auth.Events, "", unknown},
		"basic":               {"Basic " + ci, auth.Events, "", "'Bearer TOKEN'"},
		"nothing but a token": {ci, auth.Events, "", "'Bearer TOKEN'"},
	} {
		t.Run(name, func(t *testing.T) {
			who, err := pass(set, test.scope, test.header)
			if who != test.who {
				t.Fatalf("lets through %q, %v; want %q", who, err, test.who)
			}
			var refusal *auth.Error
			if test.who == "" && (!errors.As(err, &refusal) || !strings.Contains(refusal.Message, test.says) || refusal.Forbidden != (test.says == refused)) {
				t.Errorf("error %+v, want one that says %q", err, test.says)
			}
			if err != nil && strings.Contains(err.Error(), ci) {
				t.Error("the error shows the token")
			}
		})
	}
}

// pass sends a request through Require and returns who the handler saw.
func pass(set *auth.Tokens, scope auth.Scope, header string) (who string, err error) {
	request := httptest.NewRequest(http.MethodPost, "/", nil)
	if header != "" {
		request.Header.Set("Authorization", header)
	}
	c := echo.New().NewContext(request, httptest.NewRecorder())
	err = set.Require(scope)(func(c echo.Context) error {
		who = auth.Of(c.Request().Context()).Name
		return nil
	})(c)
	return who, err
}

func TestNobodyIsAcceptedWithoutTokens(t *testing.T) {
	ofNothing := accept(t, auth.Token{Name: "nothing", Hash: auth.HashOf(""), Scopes: []auth.Scope{auth.Admin}})
	for _, set := range []*auth.Tokens{nil, {}, accept(t), ofNothing} {
		if who, err := pass(set, auth.Read, "Bearer "); err == nil {
			t.Errorf("%q gets through", who)
		}
	}
}

func TestIdentified(t *testing.T) {
	token := auth.Generate()
	set := accept(t, auth.Token{Name: "ci", Hash: auth.HashOf(token)})
	for header, want := range map[string]string{"": "nobody", "Bearer " + token: "ci", "Bearer x": ""} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Authorization", header)
		got := ""
		_ = set.Identified(func(c echo.Context) error {
			if got = auth.Of(c.Request().Context()).Name; got == "" {
				got = "nobody"
			}
			return nil
		})(echo.New().NewContext(request, httptest.NewRecorder()))
		if got != want {
			t.Errorf("%q is %q, want %q", header, got, want)
		}
	}
}

func TestNewRefusesDoubles(t *testing.T) {
	hash := auth.HashOf("a")
	for name, tokens := range map[string][]auth.Token{
		"names":  {{Name: "a", Hash: hash}, {Name: "a"}},
		"hashes": {{Name: "a", Hash: hash}, {Name: "b", Hash: hash}},
		"scope":  {{Name: "a", Hash: hash, Scopes: []auth.Scope{"root"}}},
	} {
		if _, err := auth.New(tokens); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestGenerate(t *testing.T) {
	a, b := auth.Generate(), auth.Generate()
	if a == b || len(a) < 50 || !strings.HasPrefix(a, "headroom_") {
		t.Errorf("tokens %q and %q", a, b)
	}
}

func hexOf(token string) string {
	const digits = "0123456789abcdef"
	hash := auth.HashOf(token)
	var b strings.Builder
	for _, c := range hash {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
