package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/sqlite"
	"headroom/slo"
)

var epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func objective(name string, formerly ...slo.ID) *slo.Objective {
	return &slo.Objective{
		ID: id(name), Formerly: formerly,
		Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
		GroupBy:   []string{"region"},
	}
}

func id(name string) slo.ID {
	return slo.ID{Namespace: "default", Service: "shop", Objective: name}
}

func keyOf(o *slo.Objective, region string) budget.Key {
	return budget.Key{SLO: o.ID, SLI: o.SLI(), Group: slo.NewGroup(map[string]string{"region": region})}
}

// step returns the n-th five minutes after the epoch.
func step(n int) budget.Slice {
	const length = 5 * 60 * 1000
	start := epoch.UnixMilli() + int64(n)*length
	return budget.Slice{Start: start, End: start + length, Bad: budget.Count(n % 7), Total: budget.Count(100 * (n%50 + 1)), Source: budget.SourceTile}
}

func open(tb testing.TB, path string) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), sqlite.Options{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func ledger(tb testing.TB, s *sqlite.Store, objectives ...*slo.Objective) *budget.Ledger {
	tb.Helper()
	l, err := budget.OpenLedger(tb.Context(), budget.LedgerOptions{Store: s})
	if err != nil {
		tb.Fatal(err)
	}
	if err := l.SetObjectives(tb.Context(), objectives, epoch); err != nil {
		tb.Fatal(err)
	}
	return l
}

func add(tb testing.TB, l *budget.Ledger, k budget.Key, list ...budget.Slice) {
	tb.Helper()
	if n, err := l.Add(tb.Context(), k, epoch, list...); err != nil || n != len(list) {
		tb.Fatalf("took %d of %d: %v", n, len(list), err)
	}
}

func all(l *budget.Ledger, k budget.Key) []budget.Slice {
	return l.Slices(k, time.UnixMilli(0), epoch.AddDate(10, 0, 0))
}

func TestLedgerIsTheSameAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "ledger db?.sqlite")
	o := objective("availability")
	first := open(t, path)
	l := ledger(t, first, o)
	var want []budget.Slice
	for n := range 1000 {
		if n%13 == 0 {
			continue
		}
		want = append(want, step(n))
	}
	add(t, l, keyOf(o, `e"u`), want[:500]...)
	add(t, l, keyOf(o, `e"u`), want[500:]...)
	add(t, l, keyOf(o, "us"), want[7])
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	l = ledger(t, open(t, path), o)
	if got := all(l, keyOf(o, `e"u`)); !slices.Equal(got, want) {
		t.Errorf("%d slices came back, want the %d that were written", len(got), len(want))
	}
	if got := all(l, keyOf(o, "us")); !slices.Equal(got, want[7:8]) {
		t.Errorf("the other group has %v", got)
	}
	for _, status := range l.Statuses(epoch.Add(84 * time.Hour)) {
		if since := status.Balance.Since; status.Group == keyOf(o, `e"u`).Group && since.UnixMilli() != want[0].Start {
			t.Errorf("since %s, want the start of the first slice", since)
		}
	}
}

func TestRenamedObjectiveContinuesOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	old, renamed := objective("availability"), objective("uptime", id("availability"))
	first := open(t, path)
	l := ledger(t, first, old)
	add(t, l, keyOf(old, "eu"), step(1), step(2), step(400))
	ledger(t, first, renamed)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	l = ledger(t, open(t, path), renamed)
	if got := all(l, keyOf(renamed, "eu")); !slices.Equal(got, []budget.Slice{step(1), step(2), step(400)}) {
		t.Errorf("the new id has %v", got)
	}
	if got := all(l, keyOf(old, "eu")); len(got) != 0 {
		t.Errorf("the old id still has %v", got)
	}
}

func TestCorruptPageIsDroppedAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	o := objective("availability")
	first := open(t, path)
	add(t, ledger(t, first, o), keyOf(o, "eu"), step(1), step(300), step(600))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, path, "UPDATE pages SET data = CAST(substr(data, 1, 9) || x'2a' || substr(data, 11) AS BLOB) WHERE id % 100000 = (SELECT min(id) % 100000 + 1 FROM pages)")
	l := ledger(t, open(t, path), o)
	if got := all(l, keyOf(o, "eu")); !slices.Equal(got, []budget.Slice{step(1), step(600)}) {
		t.Errorf("slices %v, want the first and the last", got)
	}
	if l.Damaged() != 1 {
		t.Errorf("%d damaged pages, want 1", l.Damaged())
	}
}

// execute runs a statement on the file behind the store's back.
func execute(t *testing.T, path, statement string) {
	t.Helper()
	result, err := tryExecute(t, path, statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || strings.HasPrefix(statement, "UPDATE") && n != 1 {
		t.Fatalf("%d rows affected: %v", n, err)
	}
}

// tryExecute is execute of what may be refused.
func tryExecute(t *testing.T, path, statement string) (sql.Result, error) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.ExecContext(t.Context(), statement)
	return result, errors.Join(err, db.Close())
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, path string)
		want  error
	}{
		"not a database":     {scribble, sqlite.ErrCorrupt},
		"torn in the middle": {tear, sqlite.ErrCorrupt},
		"newer schema":       {upgrade, sqlite.ErrNewerSchema},
		"a directory":        {makeDirectory, sqlite.ErrReadOnly},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.sqlite")
			o := objective("availability")
			first := open(t, path)
			l := ledger(t, first, o)
			for n := range 30 {
				add(t, l, keyOf(o, "eu"), step(7*n))
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			test.spoil(t, path)
			s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Open returned %v and %v, want an error with the path and %q", s, err, test.want)
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func scribble(t *testing.T, path string) {
	t.Helper()
	write(t, path, strings.Repeat("hello", 1000))
}

func upgrade(t *testing.T, path string) {
	t.Helper()
	execute(t, path, "INSERT INTO schema_version (version_id, is_applied) VALUES (99, 1)")
}

func makeDirectory(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o750)); err != nil {
		t.Fatal(err)
	}
}

// tear overwrites the pages of the tables with noise.
func tear(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < len(data); i++ {
		data[i] = byte(i * 31)
	}
	write(t, path, string(data))
}

func TestFullDiskLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	o := objective("availability")
	s := open(t, path)
	l := ledger(t, s, o)
	add(t, l, keyOf(o, "eu"), step(0))
	if err := s.Limit(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	var many []budget.Slice
	for n := 1; n < 20_000; n++ {
		many = append(many, step(n))
	}
	if _, err := l.Add(t.Context(), keyOf(o, "eu"), epoch, many...); !errors.Is(err, sqlite.ErrFull) {
		t.Fatalf("Add on a full disk returned %v", err)
	}
	if got := all(l, keyOf(o, "eu")); !slices.Equal(got, []budget.Slice{step(0)}) {
		t.Errorf("%d slices in memory, want the one that was acknowledged", len(got))
	}
	if err := s.Limit(t.Context(), 1<<30); err != nil {
		t.Fatal(err)
	}
	add(t, l, keyOf(o, "eu"), many...)
	if got := all(ledger(t, s, o), keyOf(o, "eu")); len(got) != len(many)+1 {
		t.Errorf("%d slices on disk, want %d", len(got), len(many)+1)
	}
}

func TestTracksComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	var want []budget.TrackRecord
	for i, r := range []budget.TrackRecord{{Active: true}, {}, {Active: true, Since: 1_800_000_000_000}, {Since: 1_800_000_000_000}} {
		r.Key, r.FirstSeen, r.HistoryFrom = budget.Key{SLO: objective("availability").ID, SLI: strconv.Itoa(i)}, 1, 2
		want = append(want, r)
	}
	if err := open(t, path).Commit(t.Context(), budget.Batch{Tracks: want}); err != nil {
		t.Fatal(err)
	}
	c, err := open(t, path).Load(t.Context())
	if err != nil || !slices.Equal(c.Tracks, want) {
		t.Errorf("%+v, %v\nwant %+v", c.Tracks, err, want)
	}
}

func TestMigratesFromEveryVersion(t *testing.T) {
	versions, err := sqlite.Versions()
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range append([]int64{0}, versions...) {
		path := filepath.Join(t.TempDir(), "ledger.sqlite")
		if err := sqlite.CreateAt(t.Context(), path, version); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if version >= 1 {
			execute(t, path, "INSERT INTO tracks (slo, sli, first_seen_ms, history_from_ms, active) VALUES ('default/shop/old', '12345678', 1, 2, 1)")
		}
		c, err := open(t, path).Load(context.Background())
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if version >= 1 && (len(c.Tracks) != 1 || c.Tracks[0].HistoryFrom != 2 || !c.Tracks[0].Active || c.Tracks[0].Since != 0) {
			t.Errorf("version %d: tracks %+v after migration", version, c.Tracks)
		}
	}
}
