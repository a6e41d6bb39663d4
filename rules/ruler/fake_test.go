package ruler_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"
)

// fake is a ruler as Mimir is one: it knows tenants, escaped names, and what its
// rules must be like, and tells apart what was not found.
type fake struct {
	server *httptest.Server

	mu       sync.Mutex
	tenants  map[string]map[string][]rulefmt.RuleGroup // tenant, namespace
	maxRules int                                       // in a group; 0 for any number
	requests []string                                  // those that alter something, in order
	fault    func(n int, r *http.Request) (status int, message string)
	lost     bool // what a fault answers is done all the same
}

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{tenants: map[string]map[string][]rulefmt.RuleGroup{}}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

const rulesPath = "/prometheus/config/v1/rules"

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names, ok := names(r)
	tenant := r.Header.Get("X-Scope-OrgID")
	switch {
	case !ok:
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	case tenant == "":
		http.Error(w, "no org id", http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodGet {
		f.requests = append(f.requests, r.Method+" "+strings.Join(names, " "))
	}
	if f.fault != nil {
		if status, message := f.fault(len(f.requests), r); status != 0 {
			if f.lost {
				f.answer(httptest.NewRecorder(), r, tenant, names)
			}
			http.Error(w, message, status)
			return
		}
	}
	f.answer(w, r, tenant, names)
}

// names are those in the path, unescaped.
func names(r *http.Request) ([]string, bool) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), rulesPath)
	if !ok || rest != "" && rest[0] != '/' {
		return nil, false
	}
	var list []string
	for part := range strings.SplitSeq(strings.TrimPrefix(rest, "/"), "/") {
		name, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		if name != "" {
			list = append(list, name)
		}
	}
	return list, len(list) <= 2
}

func (f *fake) answer(w http.ResponseWriter, r *http.Request, tenant string, names []string) {
	held := f.tenants[tenant]
	if held == nil {
		held = map[string][]rulefmt.RuleGroup{}
		f.tenants[tenant] = held
	}
	switch {
	case r.Method == http.MethodGet && len(names) == 0:
		f.list(w, held)
	case r.Method == http.MethodPost && len(names) == 1:
		f.set(w, r, held, names[0])
	case r.Method == http.MethodDelete && len(names) == 2:
		remove(w, held, names[0], names[1])
	default:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

func (f *fake) list(w http.ResponseWriter, held map[string][]rulefmt.RuleGroup) {
	if len(held) == 0 {
		http.Error(w, "no rule groups found", http.StatusNotFound)
		return
	}
	text, err := yaml.Marshal(held)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(text)
}

func (f *fake) set(w http.ResponseWriter, r *http.Request, held map[string][]rulefmt.RuleGroup, namespace string) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	g, message := parse(text)
	if message == "" && f.maxRules > 0 && len(g.Rules) > f.maxRules {
		message = fmt.Sprintf("per-user rules per rule group limit (limit: %d actual: %d) exceeded", f.maxRules, len(g.Rules))
	}
	if message != "" {
		http.Error(w, message, http.StatusBadRequest)
		return
	}
	groups := slices.DeleteFunc(held[namespace], func(old rulefmt.RuleGroup) bool { return old.Name == g.Name })
	held[namespace] = append(groups, g)
	accepted(w)
}

// parse reads one group as Prometheus reads a file of it.
func parse(text []byte) (rulefmt.RuleGroup, string) {
	file := "groups:\n-\n" + "  " + strings.ReplaceAll(strings.TrimRight(string(text), "\n"), "\n", "\n  ") + "\n"
	parsed, errs := rulefmt.Parse([]byte(file), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 || len(parsed.Groups) != 1 {
		return rulefmt.RuleGroup{}, fmt.Sprint(errs)
	}
	return parsed.Groups[0], ""
}

func remove(w http.ResponseWriter, held map[string][]rulefmt.RuleGroup, namespace, name string) {
	groups := slices.Clone(held[namespace])
	rest := slices.DeleteFunc(groups, func(g rulefmt.RuleGroup) bool { return g.Name == name })
	if len(rest) == len(held[namespace]) {
		http.Error(w, "group does not exist", http.StatusNotFound)
		return
	}
	if held[namespace] = rest; len(rest) == 0 {
		delete(held, namespace)
	}
	accepted(w)
}

func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": nil, "errorType": "", "error": ""})
}

// groups are those of a tenant: namespace and name.
func (f *fake) groups(tenant string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []string
	for _, namespace := range slices.Sorted(maps.Keys(f.tenants[tenant])) {
		for _, g := range f.tenants[tenant][namespace] {
			list = append(list, namespace+": "+g.Name)
		}
	}
	slices.Sort(list)
	return list
}

// put sets a group of somebody else.
func (f *fake) put(t testing.TB, tenant, namespace, name string) {
	t.Helper()
	text := fmt.Sprintf("name: %q\ninterval: 1m\nrules:\n- {record: a, expr: b}\n", name)
	request, err := http.NewRequest(http.MethodPost, f.server.URL+rulesPath+"/"+url.PathEscape(namespace), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Scope-OrgID", tenant)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusAccepted {
		t.Fatalf("put %s: %d %v", name, response.StatusCode, err)
	}
}

// altered returns the requests since the last call.
func (f *fake) altered() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.requests
	f.requests = nil
	return list
}
