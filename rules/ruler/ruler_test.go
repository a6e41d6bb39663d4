package ruler_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/internal/transport"
	"headroom/rules"
	"headroom/rules/ruler"
	"headroom/rules/ruler/rulertest"
	"headroom/slo"
)

func objective(namespace, service, name string) *slo.Objective {
	return &slo.Objective{
		ID:          slo.ID{Namespace: namespace, Service: service, Objective: name},
		Description: "Hostile: {{ .Labels }} 'x' \"y\" \\ \n\t # --- ü",
		Labels:      map[string]string{"tier": "1", "on": "yes"},
		Target:      slo.MustTarget("99.9%"),
		Window:      slo.Window{Rolling: 30 * 24 * time.Hour},
		Resolution:  5 * time.Minute,
		Indicator: slo.Ratio{
			Bad:   slo.MustCounter(`http_requests_total{code=~"5.."}`),
			Total: slo.MustCounter(`http_requests_total`),
		},
	}
}

func shop() []*slo.Objective {
	return []*slo.Objective{objective("shop", "cart", "a"), objective("shop", "checkout", "a"), objective("shop", "checkout", "b")}
}

func compile(objectives []*slo.Objective) (iter.Seq[rules.Group], error) {
	return rules.All(objectives, rules.Prometheus3, rules.Options{QueryOffset: time.Minute})
}

type fakeRuler struct {
	*rulertest.Ruler
	*httptest.Server
}

func newFake(t testing.TB) *fakeRuler {
	t.Helper()
	r := rulertest.New()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return &fakeRuler{Ruler: r, Server: server}
}

// newClient waits for nothing.
func newClient(t testing.TB, f *fakeRuler, change ...func(*ruler.Options)) *ruler.Client {
	t.Helper()
	where, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := ruler.Options{URL: where, Tenant: "tenant", Wait: func(context.Context, time.Duration) error { return nil }}
	for _, c := range change {
		c(&o)
	}
	client, err := ruler.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func plan(t testing.TB, c *ruler.Client, objectives []*slo.Objective, prune bool) ruler.Plan {
	t.Helper()
	p, err := c.Plan(t.Context(), objectives, compile, prune)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func push(t testing.TB, c *ruler.Client, objectives []*slo.Objective, prune bool) ruler.Plan {
	t.Helper()
	p := plan(t, c, objectives, prune)
	if err := c.Apply(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// allGroups are those of the shop, in their namespaces.
func allGroups(t testing.TB) []string {
	t.Helper()
	groups, err := compile(shop())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for g := range groups {
		service, _, _ := strings.Cut(strings.TrimPrefix(g.Name, "headroom/shop/"), "/")
		list = append(list, "headroom/shop/"+service+": "+g.Name)
	}
	slices.Sort(list)
	return list
}

func TestPushTwiceChangesNothing(t *testing.T) {
	f := newFake(t)
	c := newClient(t, f)
	if p := push(t, c, shop(), true); len(p.Changes) != len(allGroups(t)) || p.Changes[0].Action != ruler.Create {
		t.Errorf("first: %v", p.Changes)
	}
	if got := f.Groups("tenant"); !slices.Equal(got, allGroups(t)) {
		t.Errorf("the ruler holds %q", got)
	}
	f.Altered()
	if p := push(t, c, shop(), true); len(p.Changes) != 0 || p.Unchanged != len(allGroups(t)) {
		t.Errorf("second: %v, %d unchanged", p.Changes, p.Unchanged)
	}
	if got := f.Altered(); len(got) != 0 {
		t.Errorf("the second push did %q", got)
	}
}

func TestPushChangesWhatDiffers(t *testing.T) {
	f := newFake(t)
	c := newClient(t, f)
	push(t, c, shop(), false)
	changed := shop()
	changed[1].Labels["tier"] = "2"
	p := plan(t, c, changed, false)
	for _, change := range p.Changes { // the groups with alerts, which carry the label
		if change.Action != ruler.Update || !strings.HasPrefix(change.Group, "headroom/shop/checkout/a/") {
			t.Fatalf("changes %v, want those of one objective", p.Changes)
		}
	}
	at := slices.IndexFunc(p.Changes, func(c ruler.Change) bool { return c.Group == "headroom/shop/checkout/a/state" })
	if at < 0 {
		t.Fatalf("changes %v, want the state group among them", p.Changes)
	}
	var b bytes.Buffer
	if err := ruler.WriteDiff(&b, p.Changes[at]); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"~ headroom/shop/checkout: headroom/shop/checkout/a/state\n", "~ record slo:info\n", "- label tier: 1\n", "+ label tier: 2\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the diff lacks %q:\n%s", want, &b)
		}
	}
	if err := c.Apply(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	if p := plan(t, c, changed, false); len(p.Changes) != 0 {
		t.Errorf("still %v", p.Changes)
	}
}

// TestOtherPrefixesStay prunes under a prefix that others begin with, and under
// such a one.
func TestOtherPrefixesStay(t *testing.T) {
	f := newFake(t)
	short := newClient(t, f)
	long := newClient(t, f, func(o *ruler.Options) { o.Prefix = "headroom/payments/" })
	push(t, short, shop(), true)
	push(t, long, shop(), true)
	both := f.Groups("tenant")
	f.Put("tenant", "headroom/shop/cart", "headroom/shop/checkout/a/short") // of another service
	f.Altered()
	for _, c := range []*ruler.Client{short, long} {
		if p := push(t, c, shop(), true); len(p.Changes) != 0 || len(p.Stale) != 0 {
			t.Errorf("changes %v, stale %v", p.Changes, p.Stale)
		}
	}
	if got := f.Altered(); len(got) != 0 {
		t.Errorf("prune did %q", got)
	}
	push(t, short, nil, true)
	for _, name := range f.Groups("tenant") {
		if strings.HasPrefix(name, "headroom/shop/") && !strings.Contains(name, "cart: headroom/shop/checkout") {
			t.Errorf("%s is left of ours", name)
		}
	}
	if got := f.Groups("tenant"); len(got) != len(both)/2+1 {
		t.Errorf("%d groups are left, want the %d of the longer prefix and one", len(got), len(both)/2)
	}
}

// TestSomebodyElsesGroupsStay pushes and prunes beside others.
func TestSomebodyElsesGroupsStay(t *testing.T) {
	f := newFake(t)
	for _, where := range [][3]string{
		{"tenant", "infra", "node"},
		{"tenant", "headroom", "headroom/x/y/z/short"},
		{"tenant", "headroomy/shop/cart", "headroom/shop/cart/a/short"},
		{"tenant", "headroom/shop/cart", "by hand"},
		{"tenant", "headroom/shop/gone", "by hand"},
		{"other", "headroom/shop/cart", "headroom/shop/cart/z/tile"},
	} {
		f.Put(where[0], where[1], where[2])
	}
	f.Put("tenant", "headroom/shop/gone", "headroom/shop/gone/a/short")
	before, other := f.Groups("tenant"), f.Groups("other")
	c := newClient(t, f)
	f.Altered()
	p := push(t, c, shop(), false)
	if len(p.Stale) != 1 || p.Stale[0].Group != "headroom/shop/gone/a/short" || len(p.Foreign) != 2 {
		t.Errorf("stale %v, foreign %v", p.Stale, p.Foreign)
	}
	for _, request := range f.Altered() {
		if strings.HasPrefix(request, "DELETE") {
			t.Errorf("%s without prune", request)
		}
	}
	push(t, c, shop(), true)
	if got := f.Altered(); !slices.Equal(got, []string{"DELETE headroom/shop/gone headroom/shop/gone/a/short"}) {
		t.Errorf("prune did %q", got)
	}
	push(t, c, nil, true)
	want := slices.DeleteFunc(before, func(s string) bool { return strings.HasSuffix(s, "gone/a/short") })
	if got := f.Groups("tenant"); !slices.Equal(got, want) {
		t.Errorf("after everything is gone: %q, want %q", got, want)
	}
	if got := f.Groups("other"); !slices.Equal(got, other) {
		t.Errorf("another tenant has %q", got)
	}
}

// TestRulerFailsHalfway breaks each request in turn, for good, and demands that
// the report is exact and that a second push does the rest.
func TestRulerFailsHalfway(t *testing.T) {
	all := len(allGroups(t)) + 1 // and one to delete
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway} {
		for broken := 1; broken <= all; broken += 1 + broken%3 {
			f := newFake(t)
			f.Put("tenant", "headroom/shop/gone", "headroom/shop/gone/a/short")
			f.Altered()
			c := newClient(t, f)
			p := plan(t, c, shop(), true)
			f.Fault = func(n int, r *http.Request) (int, string) {
				if r.Method != http.MethodGet && n >= broken {
					return status, "limit reached"
				}
				return 0, ""
			}
			var done []ruler.Change
			err := c.Apply(t.Context(), p, func(change ruler.Change) { done = append(done, change) })
			var partial *ruler.PartialError
			if !errors.As(err, &partial) {
				t.Fatalf("%d at request %d: %v", status, broken, err)
			}
			if len(partial.Applied) != broken-1 || len(done) != broken-1 || len(partial.NotTried) != all-broken || partial.Failed.String() != p.Changes[broken-1].String() {
				t.Errorf("%d at request %d: %v", status, broken, partial)
			}
			if partial.Unsure() != (status >= 500) || !strings.Contains(err.Error(), "limit reached") {
				t.Errorf("%d at request %d: unsure %t: %v", status, broken, partial.Unsure(), err)
			}
			f.Fault = nil
			if rest := push(t, c, shop(), true); len(rest.Changes) != all+1-broken {
				t.Errorf("the next push makes %d changes, want %d", len(rest.Changes), all+1-broken)
			}
			if got := f.Groups("tenant"); !slices.Equal(got, allGroups(t)) {
				t.Errorf("after the next push the ruler holds %q", got)
			}
		}
	}
}

// TestLostAnswers has the ruler do what is asked, and the answer get lost.
func TestLostAnswers(t *testing.T) {
	f := newFake(t)
	f.Put("tenant", "headroom/shop/gone", "headroom/shop/gone/a/short")
	f.Lost = true
	f.Altered()
	f.Fault = func(n int, r *http.Request) (int, string) {
		if r.Method != http.MethodGet && n%2 == 1 {
			return http.StatusBadGateway, "upstream is away"
		}
		return 0, ""
	}
	push(t, newClient(t, f), shop(), true)
	if got := f.Groups("tenant"); !slices.Equal(got, allGroups(t)) {
		t.Errorf("the ruler holds %q", got)
	}
	if got := len(f.Altered()); got != 2*len(allGroups(t))+2 {
		t.Errorf("%d requests, want each twice", got)
	}
}

func TestRetriesWaitAsAsked(t *testing.T) {
	f := newFake(t)
	var waited []time.Duration
	c := newClient(t, f, func(o *ruler.Options) {
		o.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
	})
	f.Fault = func(int, *http.Request) (int, string) { return http.StatusServiceUnavailable, "starting" }
	if _, err := c.Plan(t.Context(), shop(), compile, false); err == nil || !strings.Contains(err.Error(), "HTTP 503: starting") {
		t.Errorf("got %v", err)
	}
	if want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}; !slices.Equal(waited, want) {
		t.Errorf("waited %v, want %v", waited, want)
	}
	gaveUp := newClient(t, f, func(o *ruler.Options) {
		o.Wait = func(context.Context, time.Duration) error { return context.Canceled }
	})
	if _, err := gaveUp.Plan(t.Context(), shop(), compile, false); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func TestAnswersThatAreNoRulers(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ruler.Options)
		fault  func(int, *http.Request) (int, string)
		want   string
	}{
		"no tenant":    {func(o *ruler.Options) { o.Tenant = "" }, nil, "check the credentials and the tenant: no org id"},
		"another path": {func(o *ruler.Options) { o.Path = "/api/v1/rules" }, nil, "those of Cortex at /api/v1/rules"},
		"nobody": {func(o *ruler.Options) {
			o.URL = &url.URL{Scheme: "http", Host: "127.0.0.1:1", User: url.UserPassword("a", "s3cret")}
		}, nil, "no answer"},
		"not its YAML":  {nil, func(int, *http.Request) (int, string) { return http.StatusOK, "welcome" }, "not that of a ruler"},
		"a JSON error":  {nil, func(int, *http.Request) (int, string) { return 422, `{"status":"error","error":"quota"}` }, "HTTP 422: quota"},
		"a redirect":    {nil, func(int, *http.Request) (int, string) { return 302, "" }, "redirects are not followed"},
		"a long answer": {nil, func(int, *http.Request) (int, string) { return 400, strings.Repeat("x ", 9999) }, "…"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.Fault = tt.fault
			var changes []func(*ruler.Options)
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			_, err := newClient(t, f, changes...).Plan(t.Context(), shop(), compile, true)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") || len(err.Error()) > 700 {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if got := f.Altered(); len(got) != 0 {
				t.Errorf("changed %q", got)
			}
		})
	}
}

func TestLimitsOfTheRulerAreToldInItsWords(t *testing.T) {
	f := newFake(t)
	f.MaxRules = 3
	c := newClient(t, f)
	err := c.Apply(t.Context(), plan(t, c, shop(), false), nil)
	if err == nil || !strings.Contains(err.Error(), "per-user rules per rule group limit (limit: 3") {
		t.Errorf("got %v", err)
	}
}

type secret string

func (s secret) Reveal() string { return string(s) }

func TestNewRefuses(t *testing.T) {
	where := &url.URL{Scheme: "http", Host: "mimir"}
	for name, o := range map[string]ruler.Options{
		"no URL":             {},
		"open prefix":        {URL: where, Prefix: "headroom"},
		"rooted prefix":      {URL: where, Prefix: "/headroom/"},
		"two ways to log in": {URL: where, Transport: transport.Options{Username: "a", BearerToken: secret("b")}},
	} {
		if _, err := ruler.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
