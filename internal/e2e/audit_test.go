package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// kept is what `headroom db export` tells of a data directory.
type kept struct {
	series      map[int64]string       // objective by row
	slices      map[string][]keptSlice // by objective, in order of time
	runs        map[string]int         // how many events there are of each run
	corrections map[string]bool        // by reason; whether it was revoked
	notes       map[string]int         // by text
	pending     int                    // events that came before the objectives were known, and are judged at the next start
	good, bad   int64                  // what the counters say
}

type keptSlice struct {
	Start int64 `json:"start_ms"`
	End   int64 `json:"end_ms"`
	Bad   int64 `json:"bad"`
	Total int64 `json:"total"`
}

// soundness runs `headroom db check`, which must find nothing.
func soundness(t *testing.T, config string) string {
	t.Helper()
	out, err := exec.Command(headroomBinary, "db", "check", "--config", config).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is sound") {
		t.Fatalf("headroom db check: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func export(t *testing.T, config string) *kept {
	t.Helper()
	cmd := exec.Command(headroomBinary, "db", "export", "--config", config)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("headroom db export: %v\n%s", err, &stderr)
	}
	k := &kept{series: map[int64]string{}, slices: map[string][]keptSlice{}, runs: map[string]int{}, corrections: map[string]bool{}, notes: map[string]int{}}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	var pages []keptPage
	for lines.Scan() {
		if p := k.read(t, lines.Bytes()); p != nil {
			pages = append(pages, *p)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, p := range pages { // in order of series and days; the series come after them
		k.slices[k.series[p.Series]] = append(k.slices[k.series[p.Series]], p.Slices...)
	}
	return k
}

type keptPage struct {
	Series int64       `json:"series"`
	Slices []keptSlice `json:"slices"`
	Fault  string      `json:"fault"`
}

// read takes one row in, and returns it when it is a page.
func (k *kept) read(t *testing.T, line []byte) *keptPage {
	t.Helper()
	var row struct {
		Table     string          `json:"table"`
		ID        json.RawMessage `json:"id"`
		SLO       string          `json:"slo"`
		Run       string          `json:"run"`
		Pending   int             `json:"pending"`
		Good      int64           `json:"good"`
		Bad       int64           `json:"bad"`
		Text      string          `json:"text"`
		Terms     json.RawMessage `json:"terms"`
		RevokedMs int64           `json:"revoked_ms"`
	}
	into := func(v any) {
		if err := json.Unmarshal(line, v); err != nil {
			t.Fatalf("read export: %v: %s", err, line)
		}
	}
	into(&row)
	switch row.Table {
	case "series":
		var id int64
		if err := json.Unmarshal(row.ID, &id); err != nil {
			t.Fatal(err)
		}
		k.series[id] = row.SLO
	case "pages":
		p := &keptPage{}
		into(p)
		if p.Fault != "" {
			t.Errorf("a page is damaged: %s", p.Fault)
		}
		return p
	case "events":
		k.runs[row.Run]++
		k.pending += row.Pending
	case "event_counters":
		k.good, k.bad = k.good+row.Good, k.bad+row.Bad
	case "corrections":
		var terms struct{ Reason string }
		if err := json.Unmarshal(row.Terms, &terms); err != nil {
			t.Fatalf("read a correction: %v: %s", err, line)
		}
		if _, twice := k.corrections[terms.Reason]; twice {
			t.Errorf("the correction %q is there twice", terms.Reason)
		}
		k.corrections[terms.Reason] = row.RevokedMs > 0
	case "annotations":
		k.notes[row.Text]++
	}
	return nil
}

// wantSlices verifies that every slice of an account holds exactly what it
// counted in that time, that none overlap, and, when whole, that there is none
// missing of the window.
func (k *kept) wantSlices(t *testing.T, a *account, whole bool) int {
	t.Helper()
	list := k.slices[a.o.ID.String()]
	wrong := func(i int, what string) { t.Errorf("%s: slice %d of %d, %+v: %s", a.o.ID, i, len(list), list[i], what) }
	for i, s := range list {
		if i > 0 && s.Start < list[i-1].End {
			wrong(i, "it counts time twice")
		}
		if i > 0 && whole && s.Start > list[i-1].End {
			wrong(i, fmt.Sprintf("%d ms before it are missing", s.Start-list[i-1].End))
		}
		bad, total := 100*(a.bad(s.End)-a.bad(s.Start)), 100*(a.total(s.End)-a.total(s.Start))
		if s.Bad != bad || s.Total != total {
			wrong(i, fmt.Sprintf("want bad %d, total %d", bad, total))
		}
	}
	if whole && (len(list) == 0 || list[len(list)-1].End-list[0].Start < (a.o.Window.Rolling-a.o.Resolution).Milliseconds()) {
		t.Errorf("%s: %d slices are less than the window", a.o.ID, len(list))
	}
	return len(list)
}
