package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"headroom/slo"
	"headroom/slo/manifest"
)

// books is a metrics store whose every count is known for all times: it answers
// Prometheus's query API over HTTP with what its accounts counted. Its rules
// miss evaluations and catch up, as real ones do.
type books struct {
	server *httptest.Server

	mu       sync.Mutex
	accounts []*account
	instead  func(w http.ResponseWriter, r *http.Request) bool // answers in its place; nil: never
}

// account is one objective's events: one each (97 + n) ms, of which one each
// (7919 + n) ms is bad.
type account struct {
	o *slo.Objective
	n int64
}

func (a *account) total(at int64) int64 { return at / (97 + a.n) }
func (a *account) bad(at int64) int64   { return at / (7919 + a.n) }

func startBooks(t *testing.T) *books {
	t.Helper()
	b := &books{}
	b.server = httptest.NewServer(b)
	t.Cleanup(b.server.Close)
	return b
}

// open writes the spec of another account below a directory.
func (b *books) open(t *testing.T, dir, window string) *account {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.accounts)
	file := writeFile(t, filepath.Join(dir, fmt.Sprintf("books-%d.slo.yaml", n)), fmt.Sprintf(`headroom: v1
service: books-%d
objectives:
  availability:
    target: 98%%
    window: %s
    resolution: 10s
    ratio: {bad: 'errors_total{job="books-%[1]d"}', total: 'requests_total{job="books-%[1]d"}'}
`, n, window))
	loaded := manifest.Load(t.Context(), []string{file}, manifest.Options{})
	if len(loaded.Objectives()) != 1 {
		t.Fatalf("the spec of books-%d: %v", n, loaded.Problems)
	}
	a := &account{o: loaded.Objectives()[0], n: int64(n)}
	b.accounts = append(b.accounts, a)
	return a
}

// disturb answers in the place of the books from now on; nil ends it.
func (b *books) disturb(instead func(w http.ResponseWriter, r *http.Request) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.instead = instead
}

var (
	rawJob   = regexp.MustCompile(`job="books-(\d+)"`)
	rawValue = regexp.MustCompile(`,"\d+"\]`)
	rawRange = regexp.MustCompile(`\[(\w+)\]`)
	tilesOf  = regexp.MustCompile(`slo=~"([^"]*)"`)
)

// ServeHTTP implements http.Handler.
func (b *books) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	b.mu.Lock()
	accounts, instead := b.accounts, b.instead
	b.mu.Unlock()
	if instead != nil && instead(w, r) {
		return
	}
	var text bytes.Buffer
	kind := "vector"
	switch at := unixMillis(r.FormValue("time")); {
	case strings.Contains(query, "slo:info"):
		infos(&text, accounts, at)
	case strings.Contains(query, "slo:total:tile"):
		kind = "matrix"
		tiles(&text, accounts, query, at)
	default:
		words := rawJob.FindStringSubmatch(query)
		if words == nil {
			http.Error(w, "the books do not understand "+query, http.StatusUnprocessableEntity)
			return
		}
		n, _ := strconv.Atoi(words[1])
		if strings.HasSuffix(r.URL.Path, "query_range") {
			kind = "matrix"
			step, _ := strconv.ParseFloat(r.FormValue("step"), 64)
			counted(&text, accounts[n], query, unixMillis(r.FormValue("start")), unixMillis(r.FormValue("end")), int64(step*1000), "values")
		} else {
			counted(&text, accounts[n], query, at, at, 1, "value")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[%s]}}`, kind, bytes.TrimSuffix(text.Bytes(), []byte(",")))
}

func unixMillis(seconds string) int64 {
	f, _ := strconv.ParseFloat(seconds, 64)
	return int64(f*1000 + 0.5)
}

func inSeconds(ms int64) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }

func infos(text *bytes.Buffer, accounts []*account, at int64) {
	for _, a := range accounts {
		fmt.Fprintf(text, `{"metric":{"slo":%q,"sli":%q,"spec":%q},"value":[%s,"1"]},`, a.o.ID, a.o.SLI(), a.o.SpecHash(), inSeconds(at))
	}
}

// counted writes the increase of an account at each step.
func counted(text *bytes.Buffer, a *account, query string, from, to, step int64, key string) {
	length := rangeOf(query)
	count := a.total
	if strings.Contains(query, "errors_total") {
		count = a.bad
	}
	var points []string
	for at := from; at <= to; at += step {
		points = append(points, fmt.Sprintf(`[%s,"%d"]`, inSeconds(at), count(at)-count(at-length)))
	}
	list := strings.Join(points, ",")
	if key == "values" {
		list = "[" + list + "]"
	}
	fmt.Fprintf(text, `{"metric":{},%q:%s},`, key, list)
}

// rangeOf is the range that a query counts over: the last one in it, since it
// looks for resets in a longer one before.
func rangeOf(query string) int64 {
	words := rawRange.FindAllStringSubmatch(query, -1)
	if words == nil {
		return 0
	}
	d, err := model.ParseDuration(words[len(words)-1][1])
	if err != nil {
		panic(err)
	}
	return time.Duration(d).Milliseconds()
}

// tiles writes what the rules recorded: nothing where an evaluation was missed,
// and in the next one what they caught up.
func tiles(text *bytes.Buffer, accounts []*account, query string, at int64) {
	length := rangeOf(query)
	var wanted []string
	if words := tilesOf.FindStringSubmatch(query); words != nil {
		wanted = strings.Split(words[1], "|")
	}
	for _, a := range accounts {
		if wanted != nil && !slices.Contains(wanted, a.o.ID.String()) {
			continue
		}
		step := a.o.Resolution.Milliseconds()
		phase := a.n * 1370 % step
		missed := func(k int64) bool { return (7*k+3*a.n)%11 == 0 }
		var bads, totals []string
		for k := (at-length-phase)/step + 1; k*step+phase <= at; k++ {
			if missed(k) {
				continue
			}
			before := k - 1
			for missed(before) {
				before--
			}
			from, to := before*step+phase, k*step+phase
			bads = append(bads, fmt.Sprintf(`[%s,"%d"]`, inSeconds(to), a.bad(to)-a.bad(from)))
			totals = append(totals, fmt.Sprintf(`[%s,"%d"]`, inSeconds(to), a.total(to)-a.total(from)))
		}
		if len(totals) == 0 {
			continue
		}
		for name, points := range map[string][]string{"slo:bad:tile": bads, "slo:total:tile": totals} {
			fmt.Fprintf(text, `{"metric":{"__name__":%q,"slo":%q,"sli":%q},"values":[%s]},`, name, a.o.ID, a.o.SLI(), strings.Join(points, ","))
		}
	}
}
