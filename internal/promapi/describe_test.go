package promapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/internal/promapi"
)

func TestDescribePrometheus(t *testing.T) {
	now := time.Now()
	at := now.Add(-3 * time.Hour).Truncate(time.Second)
	p := startPrometheus(t, []budget.Series{
		{Labels: map[string]string{"__name__": "requests_total", "code": "200"}, Points: []budget.Point{{T: at.UnixMilli(), V: 1}}},
		{Labels: map[string]string{"__name__": "requests_total", "code": "500"}, Points: []budget.Point{{T: at.UnixMilli(), V: 1}}},
		{Labels: map[string]string{"__name__": "other"}, Points: []budget.Point{{T: at.UnixMilli(), V: 1}}},
	})
	c, ctx := p.client(t), t.Context()
	values, err := c.LabelValues(ctx, "code", `requests_total{code!="500"}`, now.Add(-24*time.Hour), now)
	if err != nil || !slices.Equal(values, []string{"200"}) {
		t.Errorf("values of code: %v, %v", values, err)
	}
	names, err := c.LabelValues(ctx, "__name__", "", now.Add(-24*time.Hour), now)
	if err != nil || !slices.Equal(names, []string{"other", "requests_total"}) {
		t.Errorf("names: %v, %v", names, err)
	}
	labels, err := c.LabelNames(ctx, "requests_total", now.Add(-24*time.Hour), now)
	if err != nil || !slices.Equal(labels, []string{"__name__", "code"}) {
		t.Errorf("labels: %v, %v", labels, err)
	}
	if types, err := c.MetricTypes(ctx, "requests_total"); err != nil || len(types) > 0 {
		t.Errorf("types of what was never scraped: %v, %v", types, err)
	}
	if kept, err := c.Retention(ctx); err != nil || kept != 10*365*24*time.Hour {
		t.Errorf("retention %v, %v", kept, err)
	}
}

// describing makes a client of a server with one answer to everything.
func describing(t *testing.T, status int, body string) *promapi.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, promapi.Options{URL: address})
}

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	flags := func(pairs string) string { return `{"status":"success","data":{` + pairs + `}}` }
	for name, test := range map[string]struct {
		status int
		body   string
		want   time.Duration // 0 when the server does not say
	}{
		"by time":             {200, flags(`"storage.tsdb.retention.time":"30d"`), 30 * day},
		"by the former flag":  {200, flags(`"storage.tsdb.retention.time":"0s","storage.tsdb.retention":"7d"`), 7 * day},
		"neither":             {200, flags(`"storage.tsdb.retention.time":"0s","storage.tsdb.retention.size":"0B"`), 15 * day},
		"by size alone":       {200, flags(`"storage.tsdb.retention.time":"0s","storage.tsdb.retention.size":"512GB"`), 0},
		"flags of another":    {200, flags(`"retentionPeriod":"1y"`), 0},
		"not there":           {404, "404 page not found", 0},
		"not JSON":            {200, "-retentionPeriod=1y", 0},
		"an error of the API": {400, `{"status":"error","errorType":"bad_data","error":"unsupported path"}`, 0},
	} {
		got, err := describing(t, test.status, test.body).Retention(t.Context())
		if got != test.want || (test.want == 0) != errors.Is(err, promapi.ErrUnknown) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := describing(t, 401, "who?").Retention(t.Context()); err == nil || errors.Is(err, promapi.ErrUnknown) || !strings.Contains(err.Error(), "401") {
		t.Errorf("a refusal is no lack of the endpoint: %v", err)
	}
}

func TestMetricTypes(t *testing.T) {
	c := describing(t, 200, `{"status":"success","data":{"up":[{"type":"gauge","help":"","unit":""},{"type":"unknown","help":"","unit":""}]}}`)
	if types, err := c.MetricTypes(t.Context(), "up"); err != nil || !slices.Equal(types, []string{"gauge"}) {
		t.Errorf("%v, %v", types, err)
	}
	if types, err := c.MetricTypes(t.Context(), "down"); err != nil || len(types) > 0 {
		t.Errorf("%v, %v", types, err)
	}
	if _, err := describing(t, 404, "").MetricTypes(t.Context(), "up"); !errors.Is(err, promapi.ErrUnknown) {
		t.Errorf("not there: %v", err)
	}
}
