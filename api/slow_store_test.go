package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"headroom/api"
	"headroom/budget"
	"headroom/budget/insight"
	"headroom/internal/promapi"
	"headroom/rules"
	"headroom/slo"
)

const hungPath, fastPath = "/api/v1/slos/default/hung/errors", "/api/v1/slos/default/fast/errors"

// newTwoStores serves two objectives whose metrics stores take requests and
// never answer, and answer at once with nothing. asked has a value for each
// question that the former has taken.
func newTwoStores(t *testing.T, patience time.Duration) (handler http.Handler, asked chan struct{}) {
	t.Helper()
	asked = make(chan struct{}, 10)
	stop := make(chan struct{})
	hang := newStore(t, func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-stop })
	t.Cleanup(func() { close(stop) })
	fast := newStore(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
	})
	var objectives []*slo.Objective
	for _, service := range []string{"fast", "hung"} {
		objectives = append(objectives, &slo.Objective{
			ID: slo.ID{Namespace: "default", Service: service, Objective: "errors"}, Target: slo.MustTarget("99%"),
			Window: slo.Window{Rolling: day}, Resolution: 5 * time.Minute,
			Indicator: slo.Ratio{Bad: slo.MustCounter(`bad_total`), Total: slo.MustCounter(`all_total`)},
		})
	}
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.SetObjectives(t.Context(), objectives, time.Now()); err != nil {
		t.Fatal(err)
	}
	in, err := insight.New(insight.Options{
		Ledger: ledger, Now: time.Now, Patience: patience,
		Store: func(o *slo.Objective) (budget.Querier, rules.Dialect) {
			if o.ID.Service == "hung" {
				return hang, rules.Prometheus3
			}
			return fast, rules.Prometheus3
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return newHandler(t, api.Options{Statuses: func() []budget.Status { return ledger.Statuses(time.Now()) }, Now: time.Now, Insight: in}), asked
}

func newStore(t *testing.T, answer http.HandlerFunc) *promapi.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := promapi.New(promapi.Options{URL: address, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestSlowStoreDelaysItsOwnQuestionsAlone asks about an objective while a
// question about one of another metrics store hangs.
func TestSlowStoreDelaysItsOwnQuestionsAlone(t *testing.T) {
	handler, asked := newTwoStores(t, time.Hour)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, hungPath+"/labels", nil).WithContext(ctx))
	}()
	<-asked
	for _, target := range []string{"/labels", "/attribution?by=route"} {
		bounded, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, fastPath+target, nil).WithContext(bounded))
		cancel()
		if answer.Code >= http.StatusInternalServerError {
			t.Errorf("%s of the other store: %d %s", target, answer.Code, answer.Body)
		}
	}
	leave()
	<-left
}

// TestQuestionsOfADeadStoreEnd demands that those who wait for a dead metrics
// store are told so in time, also those who wait behind others.
func TestQuestionsOfADeadStoreEnd(t *testing.T) {
	handler, _ := newTwoStores(t, 50*time.Millisecond)
	answers := make(chan int)
	for range 3 {
		go func() { answers <- ask(handler, http.MethodGet, hungPath+"/attribution?by=route").Code }()
	}
	for range 3 {
		select {
		case code := <-answers:
			if code != http.StatusServiceUnavailable {
				t.Errorf("answered with %d, want 503", code)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("a question of a dead metrics store does not end")
		}
	}
}
