package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/budget"
	"headroom/budget/insight"
	"headroom/slo"
)

// What the API is measured with.
const (
	apiObjectives = 10_000
	apiReaders    = 50
	apiPage       = 100
	apiDays       = 2
	apiTick       = 10 * time.Second // how often the ledger changes
	apiTarget     = 50 * time.Millisecond
)

// measureAPI asks a service of many objectives for pages of statuses, by many
// readers at once over real connections, while its ledger goes on.
func measureAPI(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	lasts, objectives := 20*time.Second, apiObjectives
	if s.quick {
		lasts, objectives = 2*time.Second, 500
	}
	p.say("filling a ledger of %d objectives", objectives)
	ledger, keys, err := apiLedger(ctx, objectives, p.now())
	if err != nil {
		return err
	}
	outlooks, err := insight.New(insight.Options{Ledger: ledger, Now: p.now})
	if err != nil {
		return err
	}
	began, used := p.now(), processor()
	outlooks.Look(ctx)
	looked := apiRow{what: "one look at forecasts and incidents of all", took: []time.Duration{p.now().Sub(began)}, cpu: processor() - used}
	handler, err := api.New(api.Options{
		Insight:  outlooks,
		Statuses: func() []budget.Status { return ledger.Statuses(p.now()) }, Ledger: ledger, Now: p.now,
		Registry: prometheus.NewRegistry(), SnapshotAge: 30 * time.Second, Revision: ledger.Revision,
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: apiReaders, DisableCompression: true}}
	defer client.CloseIdleConnections()
	rows := []apiRow{}
	for _, one := range []string{"/api/v1/slos?limit=100", "/metrics", "/metrics"} {
		_, took, err := apiAsk(ctx, client, server.URL+one, p.now)
		if err != nil {
			return err
		}
		rows = append(rows, apiRow{what: "GET " + one + ", alone", took: []time.Duration{took}})
	}
	rows[0].what += ", the first"
	rows[1].what += ", the first"
	next, err := apiNextTick(ctx, client, server.URL, ledger, keys[0], p.now)
	if err != nil {
		return err
	}
	rows = append(append(rows, looked), next...)
	alone, err := apiHandler(ctx, handler, p.now)
	if err != nil {
		return err
	}
	rows = append(rows, alone)
	p.say("%d readers for %s", apiReaders, lasts)
	used = processor()
	took, err := apiLoad(ctx, client, server.URL, ledger, keys, lasts, p.now)
	if err != nil {
		return err
	}
	rows = append(rows, apiRow{
		what: fmt.Sprintf("page of %d, %d readers and they themselves", apiPage, apiReaders), took: took,
		rate: float64(len(took)) / lasts.Seconds(), cpu: (processor() - used) / time.Duration(max(1, len(took))), target: true,
	})
	return writeAPI(stdout, objectives, rows)
}

// processor is the CPU time of this process.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it only refuses a wrong argument
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// apiNextTick measures what a change of the ledger costs: who comes first after
// it gets what there was, while everything is made anew aside.
func apiNextTick(ctx context.Context, client *http.Client, url string, ledger *budget.Ledger, key budget.Key, now func() time.Time) ([]apiRow, error) {
	const pause = 3 * time.Second // enough to make everything; younger snapshots are not made anew
	first := apiRow{what: "GET /metrics, first of a tick"}
	aside := apiRow{what: "everything made anew for a tick"}
	const ticks = 5
	for i := range ticks {
		at := now().UnixMilli() + int64(i)
		if _, err := ledger.Add(ctx, key, now(), budget.Slice{Start: at, End: at + 1, Total: 100, Source: budget.SourceRaw}); err != nil {
			return nil, err
		}
		time.Sleep(pause)
		used := processor()
		_, took, err := apiAsk(ctx, client, url+"/metrics", now)
		if err != nil {
			return nil, err
		}
		first.took = append(first.took, took)
		time.Sleep(pause)
		aside.cpu += (processor() - used) / ticks
	}
	return []apiRow{first, aside}, nil
}

// apiHandler asks for one page again and again without any network: what is left
// is the handler's own CPU time.
func apiHandler(ctx context.Context, handler http.Handler, now func() time.Time) (apiRow, error) {
	const times = 5000
	row := apiRow{what: fmt.Sprintf("page of %d, the handler alone", apiPage)}
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/slos?limit=100", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	used := processor()
	for range times {
		began, answer := now(), httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		row.took = append(row.took, now().Sub(began))
		if answer.Code != http.StatusOK {
			return row, fmt.Errorf("GET %s: status %d", request.URL, answer.Code)
		}
	}
	row.cpu = (processor() - used) / times
	return row, nil
}

func apiLedger(ctx context.Context, n int, now time.Time) (*budget.Ledger, []budget.Key, error) {
	ledger, err := budget.OpenLedger(ctx, budget.LedgerOptions{})
	if err != nil {
		return nil, nil, err
	}
	begin := now.Truncate(5*time.Minute).AddDate(0, 0, -apiDays)
	var objectives []*slo.Objective
	var keys []budget.Key
	for i := range n {
		o := &slo.Objective{
			ID:     slo.ID{Namespace: "default", Service: fmt.Sprintf("service-%04d", i/3), Objective: fmt.Sprintf("objective-%d", i%3)},
			Owner:  fmt.Sprintf("team-%02d", i%50),
			Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
			Indicator: slo.Ratio{Bad: slo.MustCounter("errors_total"), Total: slo.MustCounter("requests_total")},
		}
		objectives, keys = append(objectives, o), append(keys, budget.Key{SLO: o.ID, SLI: o.SLI()})
		var list []budget.Slice
		for at := begin; at.Before(now); at = at.Add(slo.DefaultResolution) {
			list = append(list, budget.Slice{
				Start: at.UnixMilli(), End: at.Add(slo.DefaultResolution).UnixMilli(),
				Bad: budget.Count(i % 300), Total: budget.Count(100_000 + i), Source: budget.SourceTile,
			})
		}
		if _, err := ledger.Add(ctx, keys[i], begin, list...); err != nil {
			return nil, nil, err
		}
	}
	return ledger, keys, ledger.SetObjectives(ctx, objectives, begin)
}

// apiLoad has readers walk through all pages, each at its own place, while the
// ledger changes now and then. It returns how long each request took.
func apiLoad(ctx context.Context, client *http.Client, url string, ledger *budget.Ledger, keys []budget.Key, lasts time.Duration, now func() time.Time) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	var mu sync.Mutex
	var all []time.Duration
	var errs []error
	var wait sync.WaitGroup
	wait.Go(func() {
		ticker := time.NewTicker(apiTick)
		defer ticker.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				at := now().UnixMilli() + int64(i)
				_, _ = ledger.Add(ctx, keys[i%len(keys)], now(), budget.Slice{Start: at, End: at + 1, Total: 100, Source: budget.SourceRaw}) // a change is all that counts
			}
		}
	})
	for reader := range apiReaders {
		wait.Go(func() {
			var took []time.Duration
			query := fmt.Sprintf("?limit=%d&owner=", apiPage)
			if reader%5 > 0 { // the others filter, too
				query = fmt.Sprintf("?limit=%d", apiPage)
			} else {
				query += fmt.Sprintf("team-%02d", reader)
			}
			first := query
			for ctx.Err() == nil {
				link, one, err := apiAsk(ctx, client, url+"/api/v1/slos"+query, now)
				if err != nil && ctx.Err() == nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
				if err == nil {
					took = append(took, one)
				}
				query = first
				if target, found := strings.CutSuffix(link, `>; rel="next"`); found {
					query = strings.TrimPrefix(target, "<")
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	wait.Wait()
	return all, errors.Join(errs...)
}

// apiAsk returns the link of an answer, and the time until it was read.
func apiAsk(ctx context.Context, client *http.Client, url string, now func() time.Time) (link string, took time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	began := now()
	answer, err := client.Do(request)
	if err != nil {
		return "", 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	took = now().Sub(began)
	err = errors.Join(err, answer.Body.Close())
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", url, answer.Status)
	}
	return answer.Header.Get("Link"), took, err
}

type apiRow struct {
	what string
	took []time.Duration
	rate float64 // requests a second; 0 where they are not counted

	cpu    time.Duration // of one request; 0 where it was not measured
	target bool          // it is what the target is for
}

func writeAPI(w io.Writer, objectives int, rows []apiRow) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### The API with %d objectives\n\n| request | requests/s | median | p99 | longest | CPU of each | target |\n|---|---|---|---|---|---|---|\n", objectives)
	for _, r := range rows {
		slices.Sort(r.took)
		at := func(q float64) string {
			if len(r.took) == 0 {
				return ""
			}
			return apiMillis(r.took[int(q*float64(len(r.took)-1))])
		}
		rate, cpu, target := "", "", ""
		if r.rate > 0 {
			rate = fmt.Sprintf("%.0f", r.rate)
		}
		if r.cpu > 0 {
			cpu = apiMillis(r.cpu)
		}
		if r.target {
			target = fmt.Sprintf("p99 ≤ %d ms", apiTarget.Milliseconds())
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.what, rate, at(0.5), at(0.99), at(1), cpu, target)
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

func apiMillis(d time.Duration) string { return fmt.Sprintf("%.2f ms", 1000*d.Seconds()) }
