package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget"
	"headroom/slo"
	"headroom/slo/diag"
)

func TestStatusPage(t *testing.T) {
	answer := get(t, newHandler(t, api.Options{Version: "v1.2.3"}), "/")
	page := answer.Body.String()
	for _, want := range []string{
		"<title>2 exhausted · headroom</title>", `<meta http-equiv="refresh" content="10">`,
		"with 11 budgets", "−34.7%", "exhausted, over", "355 of 1.23M", "15 of 28 days measured",
		`<time class="age quiet" datetime="2026-11-23T14:30:00Z">up to 5 s ago</time>`, `<time class="age stale" datetime="2026-11-23T12:30:00Z">only up to 2 h ago</time>`,
		"region=eu", "team-payments", "v1.2.3", `href="/slos/default/checkout/latency"`,
		"payments/slo.yaml:6:13", "has no percent sign", "write target: 99.9%", "            ^^^^^^^",
		"the metrics store has no series",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, forbidden := range []string{"<script", " style=", "<style", "https://cdn", "NaN", "%!", "ZgotmplZ"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
}

// TestPageSaysOnceHowMuchWasMeasured looks at cells with a reason that says so.
func TestPageSaysOnceHowMuchWasMeasured(t *testing.T) {
	for _, target := range []string{"/", "/slos/default/headroom/api-availability"} {
		page := get(t, newHandler(t, api.Options{}), target).Body.String()
		if n := strings.Count(page, "15 of 28 days measured"); n != 1 {
			t.Errorf("GET %s says %d times what was measured", target, n)
		}
	}
}

func TestPagesEscapeWhatSpecsSay(t *testing.T) {
	handler := newHandler(t, api.Options{
		Statuses: func() []budget.Status { return []budget.Status{apitest.HostileStatus()} },
		Problems: func() []diag.Problem { return []diag.Problem{apitest.HostileProblem()} },
	})
	for _, target := range []string{"/", "/slos/default/hostile/texts"} {
		page := get(t, handler, target).Body.String()
		if strings.Contains(page, "<script") {
			t.Errorf("GET %s: a script went through", target)
		}
		if !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("GET %s: the text is not shown at all", target)
		}
		if strings.Contains(page, `href="javascript:`) {
			t.Errorf("GET %s: a link runs a script", target)
		}
	}
}

func TestNothingUnknownIsGreen(t *testing.T) {
	rows := regexp.MustCompile(`(?s)<tr role="row" class="(\w+)">(.*?)</tr>`)
	lied := apitest.Statuses()
	for i := range lied {
		if lied[i].State == budget.StateUnknown {
			lied[i].State = budget.StateHealthy
		}
	}
	for name, statuses := range map[string][]budget.Status{"as the ledger says": apitest.Statuses(), "with a wrong state": lied} {
		page := get(t, newHandler(t, api.Options{Statuses: func() []budget.Status { return statuses }}), "/").Body.String()
		unknown := 0
		for _, row := range rows.FindAllStringSubmatch(page, -1) {
			if !strings.Contains(row[2], `class="chip unsure"`) {
				continue
			}
			unknown++
			if row[1] != "unknown" || strings.Contains(row[0], "healthy\"") || !strings.Contains(row[2], "hatched") {
				t.Errorf("%s: a row that cannot be known looks %s:\n%s", name, row[1], row[2])
			}
		}
		if unknown != 4 {
			t.Errorf("%s: %d rows that cannot be known, want 4", name, unknown)
		}
	}
}

func TestStatusPageFilters(t *testing.T) {
	handler := newHandler(t, api.Options{})
	page := get(t, handler, "/?state=caution&refresh=off").Body.String()
	if !strings.Contains(page, "/slos/default/checkout/latency") || strings.Contains(page, "/slos/default/checkout/freshness") {
		t.Error("the page is not filtered by state")
	}
	if strings.Contains(page, "http-equiv") {
		t.Error("the page refreshes although that is off")
	}
	if !strings.Contains(page, `href="/?state=caution"`) {
		t.Error("the link that resumes refreshing loses the filter")
	}
	if page := get(t, handler, "/?owner=nobody").Body.String(); !strings.Contains(page, "No objective matches") {
		t.Error("the page does not say that nothing matches")
	}
}

func TestEmptyStates(t *testing.T) {
	none := func() []budget.Status { return nil }
	page := get(t, newHandler(t, api.Options{Statuses: none, Problems: func() []diag.Problem { return nil }}), "/").Body.String()
	if !strings.Contains(page, "Nothing is declared yet") || !strings.Contains(page, "headroom: v1\nservice: checkout") {
		t.Error("the page does not say how to begin")
	}
	page = get(t, newHandler(t, api.Options{Statuses: none}), "/").Body.String()
	if !strings.Contains(page, "No objective can be used yet") || !strings.Contains(page, "payments/slo.yaml:6:13") {
		t.Error("the page does not say what to mend first")
	}
}

func TestLongListsShowTheMostUrgent(t *testing.T) {
	template := apitest.Statuses()
	statuses := []budget.Status{template[3]} // exhausted
	for i := range 600 {
		s := template[1] // healthy
		o := *s.Objective
		o.ID = slo.ID{Namespace: "default", Service: "aaa", Objective: fmt.Sprintf("o-%03d", i)}
		s.Objective = &o
		statuses = append(statuses, s)
	}
	page := get(t, newHandler(t, api.Options{Statuses: func() []budget.Status { return statuses }}), "/").Body.String()
	if !strings.Contains(page, "The 500 most urgent of 601 are shown.") || !strings.Contains(page, "/slos/default/checkout/freshness") {
		t.Error("the exhausted objective is not among those that are shown")
	}
}

func TestObjectivePage(t *testing.T) {
	page := get(t, newHandler(t, api.Options{}), "/slos/default/checkout/latency").Body.String()
	for _, want := range []string{
		"19.9%", "9,877 of 1.23M events", "12,346 may be bad", "99% over 28d", "good when at or under 300ms",
		"http_request_duration_seconds_bucket{job=&#34;checkout&#34;,le=&#34;0.3&#34;}", "default/shop/latency",
		"page when more than 13.4% went wrong over 1h and over 5m: a burn rate of 13.4",
		`href="https://runbooks.example/checkout"`, `href="/api/v1/slos/default/checkout/latency"`, "checkout/slo.yaml:6",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestProblemsOutsideOfFiles(t *testing.T) {
	problem := diag.Problem{Check: "delivery", Severity: diag.Error, Message: "reload Prometheus: 403 Forbidden"}
	page := get(t, newHandler(t, api.Options{Problems: func() []diag.Problem { return []diag.Problem{problem} }}), "/").Body.String()
	if !strings.Contains(page, problem.Message) || strings.Contains(page, ":0:0") || strings.Contains(page, `class="place"`) {
		t.Error("a problem that is in no file is not shown, or with a place")
	}
}

func TestAssets(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for file, mediaType := range map[string]string{"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"} {
		if got := get(t, handler, "/assets/"+file).Header().Get("Content-Type"); got != mediaType {
			t.Errorf("%s is %q, want %q", file, got, mediaType)
		}
	}
}

func TestLongAnswersAreCompressed(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/api/v1/slos", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	answer := httptest.NewRecorder()
	newHandler(t, api.Options{}).ServeHTTP(answer, request)
	if got := answer.Header().Get("Content-Encoding"); got != "gzip" {
		t.Errorf("Content-Encoding %q", got)
	}
}
