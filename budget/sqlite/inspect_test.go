package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headroom/budget/sqlite"
)

func inspect(t *testing.T, path string) *sqlite.Inspector {
	t.Helper()
	i, err := sqlite.Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

// TestInspectingARunningLedger checks, copies and exports while slices are
// written, and demands that the writer never fails and that the copy holds
// everything that was acknowledged before it began.
func TestInspectingARunningLedger(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "headroom.db")
	o := objective("availability")
	l := ledger(t, open(t, path), o)
	k := keyOf(o, "eu")
	ctx, cancel := context.WithCancel(t.Context())
	started, done := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for n := 0; err == nil && ctx.Err() == nil; n++ {
			if n == 50 {
				close(started)
			}
			_, err = l.Add(context.Background(), k, epoch, step(n))
		}
		done <- err
	}()
	<-started
	before := len(l.Slices(k, epoch, epoch.AddDate(1, 0, 0)))
	i := inspect(t, path)
	for range 3 {
		checked, err := i.Check(t.Context())
		if err != nil || len(checked.Faults) > 0 || checked.Slices < int64(before) || checked.Series != 1 {
			t.Fatalf("%+v, %v", checked, err)
		}
	}
	to := filepath.Join(dir, "backup.db")
	if err := i.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if err := i.Backup(t.Context(), to); err == nil {
		t.Error("a backup replaces another")
	}
	var dump bytes.Buffer
	if err := i.Export(t.Context(), &dump); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("the writer fails beside a reader: %v", err)
	}
	restored := ledger(t, open(t, to), o)
	want := l.Slices(k, epoch, epoch.AddDate(1, 0, 0))
	got := restored.Slices(k, epoch, epoch.AddDate(1, 0, 0))
	if len(got) < before || got[before-1] != want[before-1] {
		t.Errorf("the copy has %d slices, and %d were acknowledged before", len(got), before)
	}
	slices := 0
	for lines := bufio.NewScanner(&dump); lines.Scan(); {
		var row struct {
			Table  string
			Slices []struct{ Total int64 }
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil || row.Table == "" {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		slices += len(row.Slices)
	}
	if slices < before {
		t.Errorf("the export has %d slices, and %d were acknowledged before", slices, before)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	for name, damage := range map[string]string{
		"checksum":         "UPDATE pages SET data = CAST(substr(data, 1, length(data) - 1) || x'00' AS BLOB)",
		"overlaps":         "INSERT INTO pages SELECT id + 1, data FROM pages",
		"belongs to no se": "UPDATE pages SET id = id + 100000",
		"no objective":     "DELETE FROM tracks",
	} {
		path := filepath.Join(t.TempDir(), "headroom.db")
		o := objective("availability")
		if n, err := ledger(t, open(t, path), o).Add(t.Context(), keyOf(o, "eu"), epoch, step(0), step(1)); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		execute(t, path, damage)
		checked, err := inspect(t, path).Check(t.Context())
		if err != nil || len(checked.Faults) == 0 {
			t.Errorf("%s: nothing was found, %v", name, err)
		}
		if err := inspect(t, path).Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); err == nil {
			t.Errorf("%s: a damaged database is backed up as if it were sound", name)
		}
	}
}

func TestInspectRefusesWhatIsNoLedger(t *testing.T) {
	dir := t.TempDir()
	text, empty := filepath.Join(dir, "text"), filepath.Join(dir, "empty")
	for path, content := range map[string]string{text: strings.Repeat("no database ", 1000), empty: ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{text, empty, filepath.Join(dir, "nothing")} {
		if _, err := sqlite.Inspect(t.Context(), path); err == nil {
			t.Errorf("%s passes for a ledger", path)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nothing")); err == nil {
		t.Error("inspecting made a file")
	}
}
