// Package rulertest has a ruler for tests: it answers as that of Mimir does, and
// fails as it is told.
package rulertest

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

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"
)

// Ruler is a ruler as Mimir is one: it knows tenants, escaped names, and what its
// rules must be like, and tells apart what was not found.
type Ruler struct {
	// MaxRules is how many rules a group may have; 0 for any number.
	MaxRules int
	// Fault answers a request instead of the ruler unless its status is 0. N
	// counts the requests that alter something, from 1.
	Fault func(n int, r *http.Request) (status int, message string)
	// Lost does what was asked before a fault answers.
	Lost bool

	mu       sync.Mutex
	tenants  map[string]map[string][]rulefmt.RuleGroup // tenant, namespace
	requests []string                                  // those that alter something, in order
}

var _ http.Handler = (*Ruler)(nil)

// New makes a ruler that holds nothing.
func New() *Ruler { return &Ruler{tenants: map[string]map[string][]rulefmt.RuleGroup{}} }

// Path is where the ruler's rules are.
const Path = "/prometheus/config/v1/rules"

// ServeHTTP implements http.Handler.
func (f *Ruler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	if f.Fault != nil {
		if status, message := f.Fault(len(f.requests), r); status != 0 {
			if f.Lost {
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
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), Path)
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

func (f *Ruler) answer(w http.ResponseWriter, r *http.Request, tenant string, names []string) {
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

func (f *Ruler) list(w http.ResponseWriter, held map[string][]rulefmt.RuleGroup) {
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

func (f *Ruler) set(w http.ResponseWriter, r *http.Request, held map[string][]rulefmt.RuleGroup, namespace string) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	g, message := parse(text)
	if message == "" && f.MaxRules > 0 && len(g.Rules) > f.MaxRules {
		message = fmt.Sprintf("per-user rules per rule group limit (limit: %d actual: %d) exceeded", f.MaxRules, len(g.Rules))
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

// Groups are those of a tenant, sorted: namespace and name.
func (f *Ruler) Groups(tenant string) []string {
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

// Put sets a group of somebody else.
func (f *Ruler) Put(tenant, namespace, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g, message := parse([]byte(fmt.Sprintf("name: %q\ninterval: 1m\nrules:\n- {record: a, expr: b}\n", name)))
	if message != "" {
		panic("rulertest: " + message)
	}
	if f.tenants[tenant] == nil {
		f.tenants[tenant] = map[string][]rulefmt.RuleGroup{}
	}
	f.tenants[tenant][namespace] = append(f.tenants[tenant][namespace], g)
}

// Altered returns the requests that altered something since the last call.
func (f *Ruler) Altered() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.requests
	f.requests = nil
	return list
}
