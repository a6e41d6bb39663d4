package api_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

// shop is a ledger with a day of slices of two groups of one objective, and of
// an objective without groups, and the handler over it.
type shop struct {
	ledger  *budget.Ledger
	handler http.Handler
}

const grouped, plain = "default/gateway/errors", "default/checkout/availability"

func openShop(t *testing.T) shop {
	t.Helper()
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var objectives []*slo.Objective
	for _, s := range apitest.Statuses() {
		if id := s.Objective.ID.String(); (id == grouped || id == plain) && !slices.ContainsFunc(objectives, func(o *slo.Objective) bool { return o.ID == s.Objective.ID }) {
			s.Objective.Owner = "=HYPERLINK(\"http://evil.example\")"
			objectives = append(objectives, s.Objective)
		}
	}
	begin := apitest.Now().Truncate(time.Minute).Add(-24 * time.Hour)
	if err := ledger.SetObjectives(t.Context(), objectives, begin); err != nil {
		t.Fatal(err)
	}
	for _, o := range objectives {
		for _, region := range []string{"eu", "us"} {
			k := budget.Key{SLO: o.ID, SLI: o.SLI()}
			if len(o.GroupBy) > 0 {
				k.Group = slo.NewGroup(map[string]string{"region": region})
			} else if region == "us" {
				continue
			}
			var list []budget.Slice
			for at := begin; at.Before(begin.Add(24 * time.Hour)); at = at.Add(5 * time.Minute) {
				list = append(list, budget.Slice{
					Start: at.UnixMilli(), End: at.Add(5 * time.Minute).UnixMilli(),
					Bad: budget.Count(len(list) % 3 * 100), Total: 10_050, Source: budget.SourceTile,
				})
			}
			if n, err := ledger.Add(t.Context(), k, begin, list...); err != nil || n != 288 {
				t.Fatal(n, err)
			}
		}
	}
	return shop{ledger, newHandler(t, api.Options{
		Statuses: func() []budget.Status { return ledger.Statuses(apitest.Now()) }, Ledger: ledger,
	})}
}

func TestHistory(t *testing.T) {
	s := openShop(t)
	from, to := apitest.Now().Add(-24*time.Hour).UTC().Format(time.RFC3339), apitest.Now().UTC().Format(time.RFC3339)
	var h v1.History
	body := get(t, s.handler, "/api/v1/slos/"+grouped+"/history?points=12&from="+from+"&to="+to).Body
	if err := json.Unmarshal(body.Bytes(), &h); err != nil {
		t.Fatal(err)
	}
	if len(h.Series) != 2 || len(h.Series[0].Points) > 12 || h.Series[1].Group.Labels()["region"] != "us" || h.From.After(h.Series[0].Points[0].Start) {
		t.Fatalf("%+v", h)
	}
	var bad, total float64
	for _, p := range h.Series[0].Points {
		bad, total = bad+p.Bad, total+p.Total
	}
	if bad != 288 || total != 288*100.5 {
		t.Errorf("%v of %v, want 288 of 28944", bad, total)
	}
	if last := h.Series[0].Points[len(h.Series[0].Points)-1]; last.Remaining == nil || last.Measured == nil || *last.Measured < 0.9 {
		t.Errorf("the last point: %+v", last)
	}
	one := get(t, s.handler, "/api/v1/slos/"+grouped+"/history?"+url.Values{"group": {`{"region":"us"}`}}.Encode()).Body
	if err := json.Unmarshal(one.Bytes(), &h); err != nil || len(h.Series) != 1 || h.Series[0].Group.Labels()["region"] != "us" {
		t.Errorf("of one group: %v, %+v", err, h)
	}
}

// TestSlicesInPages demands that pages of slices together are what the ledger has.
func TestSlicesInPages(t *testing.T) {
	s := openShop(t)
	query, seen := "limit=100", []v1.Slice{}
	for query != "" {
		answer := get(t, s.handler, "/api/v1/slos/"+grouped+"/slices?"+query)
		var page []v1.Slice
		if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil || len(page) > 100 || len(page) == 0 {
			t.Fatalf("%v: %d slices", err, len(page))
		}
		seen, query = append(seen, page...), next(t, answer)
	}
	var want []v1.Slice
	o := s.ledger.Objectives()[1]
	for _, g := range s.ledger.Groups(o.ID) {
		for _, sl := range s.ledger.CountedSlices(budget.Key{SLO: o.ID, SLI: o.SLI(), Group: g}, time.Time{}, apitest.Now()) {
			want = append(want, v1.NewSlice(g, sl))
		}
	}
	if len(want) != 2*288 {
		t.Fatalf("the ledger has %d slices", len(want))
	}
	if diff := cmp.Diff(want, seen, cmp.Comparer(func(a, b slo.Group) bool { return a == b })); diff != "" {
		t.Errorf("slices (-ledger +pages):\n%s", diff)
	}
}

func TestCorrectedSlices(t *testing.T) {
	s := openShop(t)
	o := s.ledger.Objectives()[0]
	s.ledger.SetCorrections(map[slo.ID]budget.Corrections{o.ID: {Excluded: []budget.Excluded{{From: 0, To: apitest.Now().Truncate(time.Minute).Add(-time.Hour - 90*time.Second).UnixMilli()}}}})
	var raw, corrected []v1.Slice
	for query, into := range map[string]*[]v1.Slice{"": &raw, "?corrected=true": &corrected} {
		if err := json.Unmarshal(get(t, s.handler, "/api/v1/slos/"+plain+"/slices"+query).Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(raw) != 288 || len(corrected) != 13 {
		t.Fatalf("%d slices, %d corrected, want 288 and 13", len(raw), len(corrected))
	}
	for i, want := range map[int]float64{0: 90, 1: 300, 12: 300} {
		if got := corrected[i]; got.Counted != want || got.Total != 100.5*want/300 || raw[275+i].Counted != 300 {
			t.Errorf("slice %d, corrected %+v of %+v, want %v s", i, got, raw[275+i], want)
		}
	}
}

func TestPastIsChecked(t *testing.T) {
	s := openShop(t)
	for target, want := range map[string]int{
		"/history?points=1": 400, "/history?points=2001": 400, "/history?from=yesterday": 400, "/history?a=b": 400,
		"/history?from=2026-11-23&to=2026-11-22": 400, "/history?from=1980-01-01": 400, "/history?group=x": 400, "/history?limit=3": 400,
		"/slices?points=5": 400, "/slices?cursor=x": 400, "/slices?limit=0": 400, "/slices?from=2026-11-01&from=2026-11-02": 400,
		"/history": 200, "/slices?from=2026-11-23": 200,
	} {
		if got := ask(s.handler, http.MethodGet, "/api/v1/slos/"+plain+target); got.Code != want {
			t.Errorf("%s: %d %s", target, got.Code, got.Body)
		}
	}
	for _, target := range []string{"/history", "/slices"} {
		if got := ask(s.handler, http.MethodGet, "/api/v1/slos/default/nothing/here"+target); got.Code != http.StatusNotFound {
			t.Errorf("%s of nothing: %d", target, got.Code)
		}
	}
	for query, want := range map[string]int{
		"slices?format=xml": 400, "slices?at=2026-11-23": 400, "slices?ownr=a": 400, "slices?from=2026-11-23&to=2026-11-01": 400,
		"balances?from=2026-11-23": 400, "balances?at=2030-01-01": 400, "balances?at=soon": 400, "balances?at=2026-11-23": 200, "balances": 200,
	} {
		if got := ask(s.handler, http.MethodGet, "/api/v1/export/"+query); got.Code != want {
			t.Errorf("%s: %d %s", query, got.Code, got.Body)
		}
	}
}

// TestExportsAgree demands that both forms of an export have the same rows, and
// that a spreadsheet takes none of their text for a formula.
func TestExportsAgree(t *testing.T) {
	s := openShop(t)
	for name, rows := range map[string]int{"slices": 3 * 288, "balances": 3} {
		answer := get(t, s.handler, "/api/v1/export/"+name)
		table, err := csv.NewReader(answer.Body).ReadAll()
		if err != nil || len(table) != rows+1 {
			t.Fatalf("%s: %d lines, %v", name, len(table), err)
		}
		if got := answer.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
			t.Errorf("%s: Content-Type %s", name, got)
		}
		lines := bufio.NewScanner(get(t, s.handler, "/api/v1/export/"+name+"?format=jsonl").Body)
		for n := 1; lines.Scan(); n++ {
			var row map[string]any
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			for i, column := range table[0] {
				value, found := row[column]
				if !found {
					continue
				}
				text := fmt.Sprint(value)
				if column == "group" {
					group, _ := json.Marshal(value)
					text = string(group)
				}
				if cell := table[n][i]; cell != text && cell != "'"+text && (value != nil || cell != "") && cell != fmt.Sprintf("%f", value) && column != "total" {
					t.Fatalf("%s, row %d: %s is %q and %q", name, n, column, cell, text)
				}
			}
			rows--
		}
		if rows != 0 {
			t.Errorf("%s: %d rows are missing in JSON Lines", name, rows)
		}
		for _, row := range table {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+@\t", rune(cell[0])) {
					t.Errorf("%s: a spreadsheet computes %q", name, cell)
				}
			}
		}
	}
	if got := get(t, s.handler, "/api/v1/export/slices?service=checkout&format=jsonl&from=2026-11-23T14:00:00Z").Body.String(); strings.Count(got, "\n") != 6 {
		t.Errorf("a filtered export:\n%s", got)
	}
}

func TestTextCells(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "team-a": "team-a", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": "'\t=1", "  =1": "'  =1", "＝1": "'＝1", "a=1": "a=1",
	} {
		if got := v1.TextCell(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}

// TestHalfExportsAreCut demands that a client that goes away ends the export,
// and that its answer does not end as a whole one does.
func TestHalfExportsAreCut(t *testing.T) {
	s := openShop(t)
	many := make([]budget.Status, 0, 9000)
	for len(many) < 9000 {
		many = append(many, s.ledger.Statuses(apitest.Now())...)
	}
	handler := newHandler(t, api.Options{Statuses: func() []budget.Status { return slices.Clone(many) }, Ledger: s.ledger})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequest(http.MethodGet, "/api/v1/export/balances", nil).WithContext(ctx)
	defer func() {
		p := recover()
		if err, _ := p.(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the export ended with %v", p)
		}
	}()
	handler.ServeHTTP(httptest.NewRecorder(), request)
}

// TestFormerSlices changes what is counted: what was counted before stays to be
// read, and why says so.
func TestFormerSlices(t *testing.T) {
	s, c := openWhy(t)
	id, _ := slo.ParseID(plain)
	var changed []*slo.Objective
	before := ""
	for _, o := range s.ledger.Objectives() {
		if o.ID == id {
			before = o.SLI()
			other := *o
			other.Indicator = slo.Ratio{Bad: slo.MustCounter(`other_total{code="500"}`), Total: slo.MustCounter(`other_total`)}
			o = &other
		}
		changed = append(changed, o)
	}
	old := get(t, s.handler, "/api/v1/slos/"+plain+"/slices").Body.String()
	if err := s.ledger.SetObjectives(t.Context(), changed, apitest.Now()); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s.handler, "/api/v1/slos/"+plain+"/slices?sli="+before).Body.String(); got != old || len(got) < 100 {
		t.Errorf("of %s there is %.200s, it was %.200s", before, got, old)
	}
	wantRefused(t, s.handler, "/api/v1/slos/"+plain+"/slices?sli=none")
	var then, now v1.History
	for query, h := range map[string]*v1.History{"?sli=" + before: &then, "": &now} {
		if err := json.Unmarshal(get(t, s.handler, "/api/v1/slos/"+plain+"/history"+query).Body.Bytes(), h); err != nil || len(h.Series) != 1 {
			t.Fatalf("history%s: %v, %d series", query, err, len(h.Series))
		}
	}
	if then.SLI != before || now.SLI == before || now.SLI == "" {
		t.Errorf("the former is of %q and the present of %q, and it was %q", then.SLI, now.SLI, before)
	}
	if then.Series[0].Since == nil || now.Series[0].Since != nil {
		t.Errorf("it lives since %v, and what is counted now since %v", then.Series[0].Since, now.Series[0].Since)
	}
	wantRefused(t, s.handler, "/api/v1/slos/"+plain+"/history?sli=none")
	chains, err := c.Why(t.Context(), id, v1.WhyQuery{})
	if err != nil || len(chains) != 1 || len(chains[0].Declared.Former) != 1 {
		t.Fatalf("%+v, %v", chains, err)
	}
	if f := chains[0].Declared.Former[0]; f.SLI != before || f.Slices < 10 || !f.Last.After(f.First) {
		t.Errorf("%+v", f)
	}
}
