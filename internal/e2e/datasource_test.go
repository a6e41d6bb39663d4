package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headroom/budget"
	"headroom/internal/promapi"
	"headroom/rules"
	"headroom/slo"
)

// sicknesses are what a metrics store, or what stands before it, may answer
// instead of the truth.
func sicknesses() map[string]func(well http.Handler, w http.ResponseWriter, r *http.Request) {
	text := func(status int, kind, body string) func(http.Handler, http.ResponseWriter, *http.Request) {
		return func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const json = "application/json"
	return map[string]func(well http.Handler, w http.ResponseWriter, r *http.Request){
		"a page for people":   text(http.StatusOK, "text/html", "<html><body>Sign in</body></html>"),
		"nothing":             text(http.StatusOK, json, ""),
		"no JSON":             text(http.StatusOK, json, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":`),
		"another form":        text(http.StatusOK, json, `{"status":"success","data":[1,2,3]}`),
		"another type":        text(http.StatusOK, json, `{"status":"success","data":{"resultType":"string","result":[1,"one"]}}`),
		"a number":            text(http.StatusOK, json, `{"status":"success","data":{"resultType":"scalar","result":[1,"1000000"]}}`),
		"an empty vector":     text(http.StatusOK, json, `{"status":"success","data":{"resultType":"vector","result":[]}}`),
		"an empty matrix":     text(http.StatusOK, json, `{"status":"success","data":{"resultType":"matrix","result":[]}}`),
		"error 500":           text(http.StatusInternalServerError, "text/plain", "out of memory"),
		"error 503":           text(http.StatusServiceUnavailable, json, `{"status":"error","errorType":"timeout","error":"query timed out"}`),
		"error 422":           text(http.StatusUnprocessableEntity, json, `{"status":"error","errorType":"execution","error":"too many samples"}`),
		"too many requests":   text(http.StatusTooManyRequests, "text/plain", "slow down"),
		"half of the body":    cutOff(false),
		"half of the chunks":  cutOff(true),
		"a partial answer":    changed(`{"status":"success",`, `{"status":"success","warnings":["store gateway is away"],`),
		"no numbers":          changed(`,"`, `,"NaN`),
		"infinity":            replaced(`"+Inf"`),
		"negative numbers":    replaced(`"-7"`),
		"series of others":    changed(`"slo":"`, `"slo":"of/another/tenant/`),
		"an answer of before": earlier,
		"no answer in time": func(_ http.Handler, _ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		},
	}
}

func said(well http.Handler, r *http.Request) string {
	answer := httptest.NewRecorder()
	well.ServeHTTP(answer, r)
	return answer.Body.String()
}

// cutOff announces the whole answer, sends half of it and hangs up.
func cutOff(chunked bool) func(http.Handler, http.ResponseWriter, *http.Request) {
	return func(well http.Handler, w http.ResponseWriter, r *http.Request) {
		body := said(well, r)
		c, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		half := body[:len(body)/2]
		if chunked {
			_, _ = fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(half), half)
		} else {
			_, _ = fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), half)
		}
		_ = out.Flush()
		_ = c.Close()
	}
}

func changed(from, to string) func(http.Handler, http.ResponseWriter, *http.Request) {
	return func(well http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(strings.ReplaceAll(said(well, r), from, to)))
	}
}

// replaced has another value in the place of every one.
func replaced(value string) func(http.Handler, http.ResponseWriter, *http.Request) {
	return func(well http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(rawValue.ReplaceAllString(said(well, r), ","+value+"]")))
	}
}

// earlier answers for ten minutes ago, as a cache does.
func earlier(well http.Handler, w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"time", "start", "end"} {
		if text := r.FormValue(name); text != "" {
			at, _ := strconv.ParseFloat(text, 64)
			r.Form.Set(name, fmt.Sprintf("%.3f", at-600))
		}
	}
	well.ServeHTTP(w, r)
}

// TestSickDatasource lets a metrics store be well, wholly sick, sick at every
// other request, and well again. No slice is ever wrong, and in the end none is
// missing.
func TestSickDatasource(t *testing.T) {
	t.Parallel()
	for name, answer := range sicknesses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.lives(4 * time.Minute)
			var asked, every atomic.Int64
			every.Store(1)
			well := &books{accounts: p.books.accounts}
			p.books.disturb(func(w http.ResponseWriter, r *http.Request) bool {
				if asked.Add(1)%every.Load() != 0 {
					return false
				}
				answer(well, w, r)
				return true
			})
			p.lives(4 * time.Minute)
			every.Store(2)
			p.lives(4 * time.Minute)
			p.books.disturb(nil)
			p.lives(4 * time.Minute)
			p.wantWhole()
		})
	}
}

// patient reads the books over HTTP, at its own time.
type patient struct {
	t      *testing.T
	books  *books
	now    time.Time
	ledger *budget.Ledger
	reader *budget.Reader
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t: t, books: startBooks(t), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	var objectives []*slo.Objective
	for range 2 {
		objectives = append(objectives, p.books.open(t, t.TempDir(), "1h").o)
	}
	address, err := url.Parse(p.books.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := promapi.New(promapi.Options{URL: address, Timeout: 40 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if p.ledger, err = budget.OpenLedger(t.Context(), budget.LedgerOptions{Clock: func() time.Time { return p.now }}); err != nil {
		t.Fatal(err)
	}
	if err := p.ledger.SetObjectives(t.Context(), objectives, p.now); err != nil {
		t.Fatal(err)
	}
	p.reader, err = budget.NewReader(budget.ReaderOptions{
		Ledger: p.ledger, Querier: client,
		Continuity: rules.Continuity,
		Raw: func(o *slo.Objective, r time.Duration) (bad, total string) {
			return rules.Raw(o, rules.Prometheus242, r)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lives ticks once in each step, and verifies the slices of the last minutes after
// each.
func (p *patient) lives(d time.Duration) {
	p.t.Helper()
	for until := p.now.Add(d); p.now.Before(until); {
		p.now = p.now.Add(10 * time.Second)
		_ = p.reader.Tick(p.t.Context(), p.now) // what follows from an error is what is tested
		for _, a := range p.books.accounts {
			for _, s := range p.slices(a, 5*time.Minute) {
				bad, total := a.bad(s.End)-a.bad(s.Start), a.total(s.End)-a.total(s.Start)
				if s.Bad != budget.CountOf(float64(bad)) || s.Total != budget.CountOf(float64(total)) {
					p.t.Fatalf("at %s: the slice %+v says %v of %v, it was %d of %d", p.now, s, s.Bad.Events(), s.Total.Events(), bad, total)
				}
			}
		}
	}
}

func (p *patient) slices(a *account, since time.Duration) []budget.Slice {
	return p.ledger.Slices(budget.Key{SLO: a.o.ID, SLI: a.o.SLI()}, p.now.Add(-since), p.now)
}

func (p *patient) wantWhole() {
	p.t.Helper()
	for _, a := range p.books.accounts {
		list := p.slices(a, 3*time.Hour)
		for i, s := range list {
			if i > 0 && s.Start != list[i-1].End {
				p.t.Errorf("%s: %d ms are missing before %s", a.o.ID, s.Start-list[i-1].End, time.UnixMilli(s.Start).UTC())
			}
		}
		if s := p.ledger.Status(a.o.ID, p.now)[0]; s.Data != budget.DataOK || *s.Balance.Coverage != 1 || p.now.Sub(s.Balance.End) > 30*time.Second {
			p.t.Errorf("%s is %s up to %s: %s", a.o.ID, s.Data, s.Balance.End, s.Reason)
		}
	}
}
