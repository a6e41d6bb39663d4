package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

func listOf(t *testing.T, answer *httptest.ResponseRecorder) (ids []string) {
	t.Helper()
	var slos []v1.SLO
	if err := json.Unmarshal(answer.Body.Bytes(), &slos); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	for _, s := range slos {
		ids = append(ids, s.ID.String()+s.Group.String())
	}
	return ids
}

// TestPages walks through the list with every limit and demands that the pages
// together are the whole, in its order.
func TestPages(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for _, filter := range []string{"", "namespace=default", "state=unknown"} {
		whole := listOf(t, get(t, handler, "/api/v1/slos?"+filter))
		for limit := 1; limit <= len(whole)+1; limit++ {
			var walked []string
			query := fmt.Sprintf("%s&limit=%d", filter, limit)
			for pages := 0; query != ""; pages++ {
				answer := get(t, handler, "/api/v1/slos?"+strings.TrimPrefix(query, "&"))
				page := listOf(t, answer)
				if len(page) > limit || len(page) == 0 || pages > len(whole) {
					t.Fatalf("?%s: %d elements on page %d", query, len(page), pages)
				}
				walked = append(walked, page...)
				query = next(t, answer)
			}
			if diff := cmp.Diff(whole, walked); diff != "" {
				t.Fatalf("?%s by %d (-whole +pages):\n%s", filter, limit, diff)
			}
		}
	}
}

// next is the query of the next page, "" on the last.
func next(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	link := answer.Header().Get("Link")
	if link == "" {
		return ""
	}
	query, found := strings.CutSuffix(link, `>; rel="next"`)
	if !found || !strings.HasPrefix(query, "<?") {
		t.Fatalf("Link: %s", link)
	}
	return strings.TrimPrefix(query, "<?")
}

// TestPagesOfAChangingList demands that an element that goes away between two
// pages neither hides nor repeats another.
func TestPagesOfAChangingList(t *testing.T) {
	statuses := apitest.Statuses()
	handler := newHandler(t, api.Options{Statuses: func() []budget.Status { return slices.Clone(statuses) }})
	whole := listOf(t, get(t, handler, "/api/v1/slos"))
	answer := get(t, handler, "/api/v1/slos?limit=3")
	last := listOf(t, answer)[2]
	statuses = slices.DeleteFunc(statuses, func(s budget.Status) bool { return s.Objective.ID.String()+s.Group.String() == last })
	if got := listOf(t, get(t, handler, "/api/v1/slos?"+next(t, answer))); got[0] != whole[3] {
		t.Errorf("the second page begins with %s, want %s", got[0], whole[3])
	}
}

func TestPagesAreChecked(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "limit=", "limit=1&limit=2", "cursor=!", "cursor=" + v1.NewCursor("a"), "cursor=" + v1.NewCursor("a", "b"), "cursor=a&cursor=b"} {
		if answer := ask(handler, http.MethodGet, "/api/v1/slos?"+query); answer.Code != http.StatusBadRequest {
			t.Errorf("?%s: %d %s", query, answer.Code, answer.Body)
		}
	}
}

func TestLabels(t *testing.T) {
	statuses := apitest.Statuses()
	statuses[1].Objective.Labels = map[string]string{"tier": "1", "region": "nowhere"}
	handler := newHandler(t, api.Options{Statuses: func() []budget.Status { return slices.Clone(statuses) }})
	for label, want := range map[string][]string{
		"tier=1":                {"default/checkout/availability"},
		"tier=2":                nil,
		"tier=1,region=nowhere": {"default/checkout/availability"},
		"tier=1,region=eu":      nil,
		"region=us":             {`default/gateway/errors"region"="us"`},
	} {
		if got := listOf(t, get(t, handler, "/api/v1/slos?"+url.Values{"label": {label}}.Encode())); !slices.Equal(got, want) {
			t.Errorf("%s selects %q, want %q", label, got, want)
		}
	}
	if answer := ask(handler, http.MethodGet, "/api/v1/slos?label=tier"); answer.Code != http.StatusBadRequest {
		t.Errorf("a label without a value: %d", answer.Code)
	}
}

// counted counts how often statuses are made.
type counted struct {
	made, revision atomic.Uint64
	now            atomic.Int64
}

func (c *counted) options() api.Options {
	return api.Options{
		Statuses:    func() []budget.Status { c.made.Add(1); return apitest.Statuses() },
		Now:         func() time.Time { return apitest.Now().Add(time.Duration(c.now.Load())) },
		SnapshotAge: 30 * time.Second,
		Revision:    c.revision.Load,
	}
}

func TestSnapshotsAreShared(t *testing.T) {
	var c counted
	handler := newHandler(t, c.options())
	want := func(what string, n uint64) {
		t.Helper()
		for _, target := range []string{"/api/v1/slos", "/api/v1/slos?limit=2", "/", "/metrics", "/api/v1/slos/default/checkout/latency"} {
			get(t, handler, target)
		}
		if got := c.made.Load(); got != n {
			t.Fatalf("%s: statuses were made %d times, want %d", what, got, n)
		}
	}
	want("at first", 1)
	c.now.Store(int64(20 * time.Second))
	want("while nothing changes", 1)
	c.revision.Add(1)
	want("when something has changed", 2)
	c.revision.Add(1)
	want("when something changes at once again", 2)
	c.now.Add(int64(2 * time.Second))
	want("when that is a while ago", 3)
	c.now.Add(int64(31 * time.Second))
	want("when it has grown old", 4)
}

func TestETags(t *testing.T) {
	var c counted
	handler := newHandler(t, c.options())
	for _, target := range []string{"/api/v1/slos", "/api/v1/slos?limit=2", "/api/v1/slos/default/checkout/latency"} {
		first := get(t, handler, target)
		tag := first.Header().Get("ETag")
		if tag == "" || first.Header().Get("Cache-Control") != "private, no-cache" {
			t.Fatalf("%s: ETag %q, Cache-Control %q", target, tag, first.Header().Get("Cache-Control"))
		}
		conditional := func(header string) int {
			request := httptest.NewRequest(http.MethodGet, target, nil)
			request.Header.Set("If-None-Match", header)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code == http.StatusNotModified && (answer.Body.Len() > 0 || answer.Header().Get("ETag") != tag) {
				t.Errorf("%s: 304 with a body, or the tag %s", target, answer.Header().Get("ETag"))
			}
			return answer.Code
		}
		for header, want := range map[string]int{
			tag: http.StatusNotModified, strings.TrimPrefix(tag, "W/"): http.StatusNotModified, `"x", ` + tag: http.StatusNotModified, "*": http.StatusNotModified,
			`"x"`: http.StatusOK, "": http.StatusOK,
		} {
			if got := conditional(header); got != want {
				t.Errorf("%s If-None-Match: %s: %d, want %d", target, header, got, want)
			}
		}
		c.now.Add(int64(40 * time.Second))
		if got := conditional(tag); got != http.StatusOK {
			t.Errorf("%s: %d for a tag of before", target, got)
		}
	}
	other := newHandler(t, c.options())
	if get(t, handler, "/api/v1/slos").Header().Get("ETag") == get(t, other, "/api/v1/slos").Header().Get("ETag") {
		t.Error("two services have the same tag")
	}
}

func TestCompressedAnswers(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for _, target := range []string{"/api/v1/slos", "/metrics", "/"} {
		request := httptest.NewRequest(http.MethodGet, target, nil)
		request.Header.Set("Accept-Encoding", "br, gzip")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s is not compressed", target)
		}
		text := inflate(t, answer.Body)
		if plain := get(t, handler, target).Body.String(); target == "/api/v1/slos" && text != plain {
			t.Errorf("%s differs when it is compressed", target)
		} else if !strings.Contains(text, "checkout") {
			t.Errorf("%s: %s", target, text)
		}
		request.Header.Set("Accept-Encoding", "gzip;q=0, identity")
		refused := httptest.NewRecorder()
		handler.ServeHTTP(refused, request)
		if target != "/" && refused.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed for who does not want it", target)
		}
	}
}

// inflate reads one gzip member and demands that nothing follows it: not every
// client reads several.
func inflate(t *testing.T, r *bytes.Buffer) string {
	t.Helper()
	zip, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	zip.Multistream(false)
	text, err := io.ReadAll(zip)
	if err != nil || r.Len() > 0 {
		t.Fatalf("%v, and %d bytes follow", err, r.Len())
	}
	return string(text)
}

// TestGaugesAreTheCollectors demands that the gauges at /metrics are those that
// the collector sends.
func TestGaugesAreTheCollectors(t *testing.T) {
	statuses := apitest.Statuses()
	statuses[0].Objective.Owner = "a \"team\"\\\nof its own"
	statuses[0].Group = slo.NewGroup(map[string]string{"state": "berlin", "window": "\"", "region": "ü"})
	handler := newHandler(t, api.Options{Statuses: func() []budget.Status { return slices.Clone(statuses) }})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(api.NewGauges(func() []budget.Status { return statuses }))
	collected, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	encoder := expfmt.NewEncoder(&want, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range collected {
		if err := encoder.Encode(family); err != nil {
			t.Fatal(err)
		}
	}
	got := get(t, handler, "/metrics").Body.String()
	if diff := cmp.Diff(samplesOf(t, want.String(), ""), samplesOf(t, got, "headroom_slo_")); diff != "" {
		t.Errorf("gauges (-collector +served):\n%s", diff)
	}
}

// samplesOf reads the text format into one line for each sample.
func samplesOf(t *testing.T, text, prefix string) []string {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for name, family := range families {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		lines = append(lines, name+" "+family.GetHelp()+" "+family.GetType().String())
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, l := range metric.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			slices.Sort(labels)
			lines = append(lines, fmt.Sprintf("%s %s %v", name, labels, metric.GetGauge().GetValue()))
		}
	}
	slices.Sort(lines)
	return lines
}
