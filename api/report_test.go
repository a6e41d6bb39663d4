package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget/report"
)

func reportHandler(t *testing.T, r api.Reporter) http.Handler {
	t.Helper()
	handler, err := api.New(api.Options{Statuses: apitest.Statuses, Now: apitest.Now, Registry: prometheus.NewRegistry(), Report: r})
	if err != nil {
		t.Fatal(err)
	}
	return validated(t, handler)
}

func askReport(t *testing.T, handler http.Handler, query string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/api/v1/report"+query, nil))
	return answer
}

func TestReport(t *testing.T) {
	handler := reportHandler(t, func(p report.Period, s report.Scope) (report.Report, error) {
		none := report.Corrections{Items: []report.Correction{}}
		return report.Report{Period: p, Scope: s, Totals: report.Totals{Budgets: 1, Healthy: 1}, Corrections: none}, nil
	})
	answer := askReport(t, handler, "?period=last-month&zone=Europe/Berlin&owner=team-a&namespace=default")
	var got report.Report
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%d, %v: %s", answer.Code, err, answer.Body)
	}
	if got.Period.Zone != "Europe/Berlin" || got.Period.Start.Format(time.RFC3339) != "2026-10-01T00:00:00+02:00" || got.Scope != (report.Scope{Owner: "team-a", Namespace: "default"}) {
		t.Errorf("got %+v", got)
	}
	if answer := askReport(t, handler, ""); !strings.Contains(answer.Body.String(), `"last-week"`) || !strings.Contains(answer.Body.String(), "2026-11-16T00:00:00Z") {
		t.Errorf("without parameters: %s", answer.Body)
	}
}

func TestReportRefusesWhatItDoesNotUnderstand(t *testing.T) {
	handler := reportHandler(t, func(report.Period, report.Scope) (report.Report, error) {
		return report.Report{}, errors.New("the disk says no")
	})
	for query, want := range map[string]string{
		"?period=lastweek":                     "use last-week",
		"?period=2026-11-09..2026-11-02":       "does not end after",
		"?zone=Berlin":                         "time zone",
		"?zone=Local":                          "time zone",
		"?team=a":                              "use period, zone, owner or namespace",
		"?owner=a&owner=b":                     "2 times",
		"?period=1970-01-01..2026-11-02&zone=": "longer than 366 days",
		"?period=2027-01-01..2027-01-02":       "not begun",
	} {
		answer := askReport(t, handler, query)
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d %s, want %q", query, answer.Code, answer.Body, want)
		}
	}
	if answer := askReport(t, handler, ""); answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "disk") {
		t.Errorf("an error: %d %s", answer.Code, answer.Body)
	}
	if answer := askReport(t, reportHandler(t, nil), ""); answer.Code != http.StatusNotFound {
		t.Errorf("without a reporter: %d", answer.Code)
	}
}
