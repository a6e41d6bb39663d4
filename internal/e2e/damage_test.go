package e2e

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func (v *victim) database() string { return filepath.Join(v.dir, "data", "headroom.db") }

// settled runs the service under load until the ledger has everything, and stops
// it.
func (v *victim) settled() *writers {
	v.t.Helper()
	v.launch()
	v.ready()
	w := startWriters(v.t, v.url, v.token())
	eventually(v.t, "something is acknowledged", func() (bool, string) { return w.acknowledged() > 50, v.process.log.tail(2000) })
	w.end()
	v.catchesUp(w)
	v.process.stop(syscall.SIGTERM)
	return w
}

// flip flips a bit in the file, in the middle of every page of an objective.
func (v *victim) flip(objective string) int {
	v.t.Helper()
	db, err := sql.Open("sqlite", v.database())
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	pages := v.pages(db, objective)
	file, err := os.ReadFile(v.database())
	if err != nil {
		v.t.Fatal(err)
	}
	for _, data := range pages {
		part := data[:min(len(data), 200)] // the rest may lie elsewhere
		damaged := bytes.Clone(part)
		damaged[len(part)/2] ^= 0x10
		if !bytes.Contains(file, part) {
			v.t.Fatalf("a page of %s is not in the file", objective)
		}
		file = bytes.ReplaceAll(file, part, damaged) // what SQLite moved is there twice
	}
	if err := os.WriteFile(v.database(), file, 0o600); err != nil {
		v.t.Fatal(err)
	}
	return len(pages)
}

// pages returns what the database has of an objective.
func (v *victim) pages(db *sql.DB, objective string) (pages [][]byte) {
	v.t.Helper()
	rows, err := db.Query("SELECT data FROM pages JOIN series ON series.id = pages.id / 100000 WHERE slo = ?", objective)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			v.t.Fatal(err)
		}
		pages = append(pages, data)
	}
	if err := rows.Err(); err != nil {
		v.t.Fatal(err)
	}
	return pages
}

// TestFlippedBits damages pages of the ledger in its file: of an objective whose
// history the metrics store still has, of one whose history it has no more, and
// of one of platform events.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	w := v.settled()
	whole, forgotten, events := v.books.accounts[0], v.books.accounts[1], "default/pipelines/success"
	damaged := v.flip(whole.o.ID.String()) + v.flip(forgotten.o.ID.String()) + v.flip(events)
	out, err := exec.Command(headroomBinary, "db", "check", "--config", v.config).CombinedOutput()
	if n := strings.Count(string(out), "the checksum differs"); err == nil || n != damaged {
		t.Errorf("headroom db check finds %d of %d pages: %v\n%s", n, damaged, err, out)
	}
	v.books.forgets(forgotten)
	v.launch()
	v.ready()
	eventually(t, "the pages are read again", func() (bool, string) {
		s := v.status(whole.o.ID.String())
		return s.Data == "ok" && value(s.Coverage) == 1 && v.metric("headroom_ledger_damaged_pages") == 0 && v.status(events).total() == float64(len(w.runs)), s.String()
	})
	if n := v.metric("headroom_ledger_corrupt_pages_total"); n != float64(damaged) {
		t.Errorf("the metric says that %v pages were corrupt, want %d", n, damaged)
	}
	if n := strings.Count(v.process.log.tail(1<<20), "dropped a corrupt page of the ledger"); n != damaged {
		t.Errorf("the log tells of %d corrupt pages, want %d", n, damaged)
	}
	if s := v.status(forgotten.o.ID.String()); value(s.Coverage) > 0.5 || s.BudgetState != "unknown" || s.Budget.Remaining != nil {
		t.Errorf("what the metrics store has no more is %s", s)
	}
	v.process.stop(syscall.SIGTERM)
	soundness(t, v.config)
	k := export(t, v.config)
	k.wantSlices(t, forgotten, false)
	w.wantKept(t, k)
	k.wantSlices(t, whole, true)
}

// metric returns a metric without labels, -1 when it is not there.
func (v *victim) metric(name string) float64 {
	v.t.Helper()
	body, code, err := get(v.url + "/metrics")
	if err != nil || code != http.StatusOK {
		v.t.Fatalf("GET /metrics: %d %v", code, err)
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(body)
	if found == nil {
		return -1
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

// forgets takes away all raw samples that an account had so far.
func (b *books) forgets(a *account) {
	job := fmt.Sprintf(`job="books-%d"`, a.n)
	b.disturb(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.FormValue("query"), job) {
			return false
		}
		kind := "vector"
		if strings.HasSuffix(r.URL.Path, "query_range") {
			kind = "matrix"
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[]}}`, kind)
		return true
	})
}

// TestDatabaseThatCannotBeUsed spoils the head of the database and makes its disk
// read-only. What is wrong and how to mend it is said, a backup mends it, and
// what only reads works on a read-only disk.
func TestDatabaseThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	w := v.settled()
	backup := filepath.Join(v.dir, "backup.db")
	v.succeeds("db", "backup", "--config", v.config, backup)
	v.readOnly(func() {
		v.refuses("read-only", "serve", "--config", v.config)
		soundness(t, v.config)
		w.wantKept(t, export(t, v.config))
		v.succeeds("db", "backup", "--config", v.config, filepath.Join(v.dir, "another.db"))
	})
	spoilt, err := os.ReadFile(v.database())
	if err != nil {
		t.Fatal(err)
	}
	copy(spoilt, strings.Repeat("\xff", 40))
	if err := os.WriteFile(v.database(), spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"db", "check"}} {
		v.refuses("restore it from a backup", append(args, "--config", v.config)...)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(v.database() + suffix) // as `headroom db backup --help` says
	}
	if err := os.Rename(backup, v.database()); err != nil {
		t.Fatal(err)
	}
	v.launch()
	v.ready()
	v.catchesUp(w)
	v.process.stop(syscall.SIGTERM)
	soundness(t, v.config)
	v.audit(w, true)
}

// readOnly makes the data directory read-only for a while.
func (v *victim) readOnly(meanwhile func()) {
	v.t.Helper()
	data := filepath.Dir(v.database())
	if err := unix.Mount(data, data, "", unix.MS_BIND, ""); err == nil {
		defer func() {
			if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
				v.t.Fatal(err)
			}
		}()
		if err := unix.Mount("", data, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			v.t.Fatal(err)
		}
		meanwhile()
		return
	}
	if os.Geteuid() == 0 { // whom no permission binds
		v.t.Log("may not mount: a read-only disk cannot be made here")
		return
	}
	if err := os.Chmod(data, 0o500); err != nil {
		v.t.Fatal(err)
	}
	meanwhile()
	if err := os.Chmod(data, 0o750); err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) succeeds(args ...string) {
	v.t.Helper()
	if out, err := exec.Command(headroomBinary, args...).CombinedOutput(); err != nil {
		v.t.Fatalf("headroom %v: %v\n%s", args, err, out)
	}
}

// refuses runs a command, which must fail and say something.
func (v *victim) refuses(says string, args ...string) {
	v.t.Helper()
	out, err := exec.Command(headroomBinary, args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), says) {
		v.t.Errorf("headroom %v: %v, want exit code 1 and %q in\n%s", args, err, says, out)
	}
}
