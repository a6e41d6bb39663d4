package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDiskTakesNoWrites lets every write of the running service fail, as on a
// disk that fails or was remounted read-only, and later succeed again.
func TestDiskTakesNoWrites(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v.outlivesItsDisk("the disk does not do as it is told", func() { v.limitFiles(0) }, func() { v.limitFiles(unix.RLIM_INFINITY) })
}

// TestDiskFull fills the file system of the data directory to the last byte, and
// frees it again. Without the right to mount one it is as large as a file may
// be.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	data := filepath.Join(v.dir, "data")
	if !mounted(t, data, "tmpfs", 0, "size=24m") {
		t.Log("may not mount: a limit of the process stands for the end of the file system")
		size := func() uint64 {
			info, err := os.Stat(filepath.Join(data, "headroom.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			return uint64(info.Size())
		}
		v.outlivesItsDisk("the disk does not do as it is told", func() { v.limitFiles(size()) }, func() { v.limitFiles(unix.RLIM_INFINITY) })
		return
	}
	ballast := filepath.Join(data, "ballast")
	v.outlivesItsDisk("the disk is full", func() {
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		for block := make([]byte, 1<<20); len(block) > 0; {
			if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
				block = block[:len(block)/2]
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
}

// limitFiles lets the running service write no file beyond a size.
func (v *victim) limitFiles(size uint64) {
	v.t.Helper()
	var limit unix.Rlimit
	if err := unix.Prlimit(v.process.cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &limit); err != nil {
		v.t.Fatal(err)
	}
	limit.Cur = min(size, limit.Max)
	if err := unix.Prlimit(v.process.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		v.t.Fatal(err)
	}
}

// mounted mounts a file system for the time of the test, and reports whether it
// may.
func mounted(t *testing.T, at, kind string, flags uintptr, options string) bool {
	t.Helper()
	if err := os.MkdirAll(at, 0o750); err != nil {
		t.Fatal(err)
	}
	err := unix.Mount(kind, at, kind, flags, options)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return false
	}
	if err != nil {
		t.Fatalf("mount %s at %s: %v", kind, at, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", at, err)
		}
	})
	return true
}

// outlivesItsDisk breaks the disk of a service under load and mends it. The
// service must say so, go on answering, acknowledge nothing that it cannot keep,
// and get over it without a restart.
func (v *victim) outlivesItsDisk(says string, disrupt, mend func()) {
	t := v.t
	v.launch()
	v.ready()
	w := startWriters(t, v.url, v.token())
	eventually(t, "the ledger reads", func() (bool, string) {
		s := v.status(v.books.accounts[0].o.ID.String())
		return s.Data == "ok" && w.acknowledged() > 20, s.String()
	})
	disrupt()
	eventually(t, "the service says what is wrong", func() (bool, string) {
		problems, code, err := get(v.url + "/api/v1/problems")
		if err != nil || code != http.StatusOK {
			t.Fatalf("GET /api/v1/problems: %d %v", code, err)
		}
		log := v.process.log.tail(1 << 20)
		return bytes.Contains(problems, []byte("ledger-not-kept")) && bytes.Contains(problems, []byte(says)) && bytes.Contains(problems, []byte("events-not-kept")) && strings.Contains(log, says), string(problems)
	})
	before := w.acknowledged()
	v.book(t) // its history is to be read, and cannot be kept
	for path, want := range map[string]string{
		"/readyz":             "",
		"/api/v1/slos":        v.books.accounts[0].o.ID.String(),
		"/api/v1/corrections": "correction 0",
		"/metrics":            `headroom_problems{check="ledger-not-kept",severity="error"} 1`,
		"/":                   "books-0",
		"/api/v1/annotations": `"kind":"note"`,
		"/api/v1/datasources": `"up":true`, // the disk is no fault of the metrics store
	} {
		if body, code, err := get(v.url + path); err != nil || code != http.StatusOK || want != "" && !strings.Contains(string(body), want) {
			t.Errorf("GET %s without the disk: %d %v %.300s", path, code, err, body)
		}
	}
	if n := w.acknowledged(); n > before {
		t.Errorf("%d requests were acknowledged without a disk", n-before)
	}
	out, err := exec.Command(headroomBinary, "status", "--url", v.url).CombinedOutput()
	if !strings.Contains(string(out), "ledger-not-kept") {
		t.Errorf("headroom status does not mention the disk: %v\n%s", err, out)
	}
	mend()
	eventually(t, "the service gets over it", func() (bool, string) {
		problems, _, err := get(v.url + "/api/v1/problems")
		return err == nil && w.acknowledged() > before && strings.TrimSpace(string(problems)) == "[]", fmt.Sprintf("%v %s", err, problems)
	})
	w.end()
	v.catchesUp(w)
	v.process.stop(syscall.SIGTERM)
	t.Log(soundness(t, v.config))
	v.audit(w, true)
}

// book opens another account.
func (v *victim) book(t *testing.T) {
	t.Helper()
	v.books.open(t, filepath.Join(v.dir, "specs"), "12h")
}
