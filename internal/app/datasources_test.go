package app_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"headroom/api/v1"
	"headroom/internal/app"
	"headroom/internal/config"
	"headroom/rules/ruler/rulertest"
)

// fakeStore answers the API of a Prometheus that knows no series, and notes what
// it is asked.
type fakeStore struct {
	*httptest.Server
	hold chan struct{} // closed: answers; nil: answers at once
	down atomic.Bool

	mu      sync.Mutex
	queries []string
	tenants map[string]bool
	tokens  map[string]bool
}

func newFakeStore(t *testing.T) *fakeStore {
	t.Helper()
	f := &fakeStore{tenants: map[string]bool{}, tokens: map[string]bool{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.queries = append(f.queries, r.FormValue("query"))
	f.tenants[r.Header.Get("X-Scope-OrgID")] = true
	f.tokens[r.Header.Get("Authorization")] = true
	f.mu.Unlock()
	if f.hold != nil {
		select {
		case <-f.hold:
		case <-r.Context().Done():
			return
		}
	}
	if f.down.Load() {
		http.Error(w, "gone", http.StatusBadGateway)
		return
	}
	kind := "vector"
	if strings.HasSuffix(r.URL.Path, "query_range") {
		kind = "matrix"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": []any{}}})
}

// asked returns all queries, and the tenants and tokens that they came with.
func (f *fakeStore) asked() (queries, tenants, tokens string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := func(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), ",") }
	return strings.Join(f.queries, "\n"), names(f.tenants), names(f.tokens)
}

func (f *fakeStore) url(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func owned(service, owner string) string {
	return strings.Replace(spec(service, "99%"), "objectives:", "owner: "+owner+"\nobjectives:", 1)
}

// TestDatasources reads two objectives from a store each: what each is asked,
// under which tenant, and where the rules go. One of them hangs from the first
// request on, and the other one does not wait for it.
func TestDatasources(t *testing.T) {
	slow, quick := newFakeStore(t), newFakeStore(t)
	slow.hold = make(chan struct{})
	pushed := rulertest.New()
	rulerServer := httptest.NewServer(pushed)
	t.Cleanup(rulerServer.Close)
	address, err := url.Parse(rulerServer.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "slow.yaml")
	before := &instance{t: t, dir: dir}
	before.write("slow.slo.yaml", owned("slow", "team-slow"))
	before.write("quick.slo.yaml", owned("quick", "team-quick"))
	before.write("lost.slo.yaml", owned("lost", "team-lost"))
	i := launch(t, dir, func(o *app.Options) {
		o.Config.Engine = nil
		o.Config.Datasources = []config.Datasource{
			{
				Name: "slow", Target: "prometheus-3", Objectives: config.Selector{Owners: []string{"team-slow"}},
				Prometheus: config.Prometheus{URL: slow.url(t), Timeout: time.Minute, Tenant: "one", RulesFile: file, Reload: true},
			},
			{
				Name: "quick", Target: "victoriametrics", Objectives: config.Selector{Namespaces: []string{"default"}, Owners: []string{"team-quick"}},
				Prometheus: config.Prometheus{
					URL: quick.url(t), Timeout: time.Minute, Tenant: "two", Auth: config.Auth{BearerToken: config.NewSecret("s3cret")},
					Ruler: &config.Ruler{URL: address, Tenant: "rules", Prune: true, Timeout: time.Minute},
				},
			},
		}
	})
	t.Cleanup(func() { close(slow.hold) })
	i.eventually("read the quick store in spite of the slow one", func() (bool, string) {
		slos, err := i.client.SLOs(t.Context(), v1.Filter{})
		if err != nil || len(slos) != 3 {
			return false, "not three objectives"
		}
		of := map[string]v1.SLO{}
		for _, s := range slos {
			of[s.ID.Service] = s
		}
		if of["slow"].Datasource != "slow" || of["quick"].Datasource != "quick" || of["lost"].Datasource != "" {
			return false, "datasources " + of["slow"].Datasource + ", " + of["quick"].Datasource
		}
		return of["quick"].Data == "absent" || of["quick"].Data == "rules_missing", string(of["quick"].Data)
	})
	i.complains("no-datasource")

	queries, tenants, tokens := quick.asked()
	if strings.Contains(queries, `job="slow"`) || strings.Contains(queries, `job="lost"`) || !strings.Contains(queries, `job="quick"`) {
		t.Errorf("the quick store was asked:\n%s", queries)
	}
	if tenants != "two" || tokens != "Bearer s3cret" {
		t.Errorf("tenants %q, tokens %q", tenants, tokens)
	}
	if queries, tenants, tokens := slow.asked(); strings.Contains(queries, `job="quick"`) || tenants != "one" || tokens != "" {
		t.Errorf("the slow store was asked %q for tenants %q with %q", queries, tenants, tokens)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "default/slow/availability") || strings.Contains(string(text), "default/quick") {
		t.Errorf("rules of the slow store: %v\n%s", err, text)
	}
	i.pushes(pushed, "headroom/default/quick")

	i.write("quick.slo.yaml", owned("swift", "team-quick"))
	i.pushes(pushed, "headroom/default/swift")
}

// pushes waits until the ruler has the groups of one namespace alone.
func (i *instance) pushes(to *rulertest.Ruler, want string) {
	i.t.Helper()
	i.eventually("push rules of "+want, func() (bool, string) {
		groups := to.Groups("rules")
		got := strings.Join(groups, "\n")
		return len(groups) > 0 && !slices.ContainsFunc(groups, func(g string) bool { return !strings.HasPrefix(g, want+":") }), got
	})
}

// TestADatasourceThatFails is said with its name, in the API and as metrics, and
// the others go on.
func TestADatasourceThatFails(t *testing.T) {
	broken, fine := newFakeStore(t), newFakeStore(t)
	broken.down.Store(true)
	i := launch(t, t.TempDir(), func(o *app.Options) {
		o.Config.Engine = nil
		o.Config.Datasources = []config.Datasource{
			{Name: "broken", Target: "prometheus-3", Objectives: config.Selector{Owners: []string{"team-a"}}, Prometheus: config.Prometheus{URL: broken.url(t), Timeout: time.Second}},
			{Name: "fine", Target: "prometheus-3", Prometheus: config.Prometheus{URL: fine.url(t), Timeout: time.Second}},
		}
	})
	i.write("a.slo.yaml", owned("a", "team-a"))
	i.write("b.slo.yaml", owned("b", "team-b"))
	states := func(want string) {
		t.Helper()
		i.eventually("say of the datasources "+want, func() (bool, string) {
			list, err := i.client.Datasources(t.Context())
			if err != nil {
				return false, err.Error()
			}
			var got []string
			for _, d := range list {
				state := "unread"
				if d.Up != nil {
					state = map[bool]string{true: "up", false: "down"}[*d.Up]
				}
				got = append(got, d.Name+" "+state)
			}
			return len(list) == 2 && list[0].Objectives == 1 && list[1].Objectives == 1 && strings.Join(got, ", ") == want, strings.Join(got, ", ")
		})
	}
	states("broken down, fine up")
	i.complains("metrics-store-unreadable")
	if p := i.app.Problems(); !strings.Contains(p[0].Message, "datasource broken: ") {
		t.Errorf("problem %q does not name the datasource", p[0].Message)
	}
	_, metrics := i.get("/metrics")
	for _, want := range []string{`headroom_datasource_up{datasource="broken"} 0`, `headroom_datasource_up{datasource="fine"} 1`, `headroom_datasource_objectives{datasource="fine"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	if code, body := i.get("/readyz"); code != http.StatusOK {
		t.Errorf("/readyz: %d %s", code, body)
	}
	broken.down.Store(false)
	states("broken up, fine up")
	i.complains()
}

// TestARulerThatRefuses is said aloud, and tried again.
func TestARulerThatRefuses(t *testing.T) {
	store, pushed := newFakeStore(t), rulertest.New()
	var mended atomic.Bool
	pushed.Fault = func(int, *http.Request) (int, string) {
		if mended.Load() {
			return 0, ""
		}
		return http.StatusForbidden, "not yours"
	}
	server := httptest.NewServer(pushed)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	i := launch(t, t.TempDir(), func(o *app.Options) {
		o.Config.Engine = nil
		o.Config.Target = config.DefaultTarget
		o.Config.Prometheus = &config.Prometheus{
			URL: store.url(t), Timeout: time.Second, Ruler: &config.Ruler{URL: address, Tenant: "rules", Prune: true, Timeout: time.Second},
		}
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	i.write("shop.slo.yaml", spec("shop", "99%"))
	if p := i.undelivered("no rules are active yet: check the ruler"); !strings.Contains(p.Message, "not yours") {
		t.Errorf("message %q", p.Message)
	}
	mended.Store(true)
	ahead.Store(int64(time.Minute))
	i.pushes(pushed, "headroom/default/shop")
	i.complains()

	// What somebody takes away comes back.
	whole := pushed.Groups("rules")
	namespace, name, _ := strings.Cut(whole[0], ": ")
	address.Path = rulertest.Path
	address = address.JoinPath(url.PathEscape(namespace), url.PathEscape(name))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, address.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Scope-OrgID", "rules")
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if left := pushed.Groups("rules"); len(left) != len(whole)-1 {
		t.Fatalf("not deleted, %s: %v", response.Status, left)
	}
	ahead.Store(int64(2 * time.Hour))
	i.eventually("push what is gone", func() (bool, string) {
		groups := pushed.Groups("rules")
		return slices.Equal(groups, whole), strings.Join(groups, "\n")
	})
}
