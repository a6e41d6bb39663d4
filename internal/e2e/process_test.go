package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"headroom/internal/loopback"
)

// deadline bounds every wait; it is generous because machines are noisy.
const deadline = 90 * time.Second

var headroomBinary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "headroom-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	headroomBinary = filepath.Join(dir, "headroom")
	build := exec.Command("go", "build", "-o", headroomBinary, "headroom/cmd/headroom")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build headroom: %v\n%s", err, out)
		return 1
	}
	// The tests wait for real time to pass far more than they compute.
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// process is a program that the test started and that ends with the test.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	done chan struct{}
	log  *lockedBuffer
}

func start(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: filepath.Base(binary), cmd: exec.Command(binary, args...), done: make(chan struct{}), log: &lockedBuffer{}}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", binary, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop(syscall.SIGKILL)
		if t.Failed() {
			t.Logf("output of %s %v:\n%s", p.name, args, p.log.tail(8000))
		}
	})
	return p
}

// stop sends a signal and waits for the end.
func (p *process) stop(sig syscall.Signal) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(deadline):
		p.t.Errorf("%s did not end %v after signal %v", p.name, deadline, sig)
		_ = p.cmd.Process.Kill()
	}
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// server is a program of a Debian package; the test fails where it is missing.
func server(t *testing.T, binary, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(binary)
	if err != nil {
		t.Fatalf("%s is not installed; install it with: apt-get install -y --no-install-recommends %s", binary, debianPackage)
	}
	return path
}

// freeAddress is for servers that cannot say which port they took.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := loopback.Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// eventually polls until ok returns true, or fails with its last words.
func eventually(t *testing.T, what string, ok func() (bool, string)) {
	t.Helper()
	eventuallyIn(t, deadline, what, ok)
}

// eventuallyIn is eventually with another patience, for what takes minutes by its
// nature.
func eventuallyIn(t *testing.T, patience time.Duration, what string, ok func() (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		done, words := ok()
		if done {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not after %v; last seen: %s", what, patience, words)
		case <-tick.C:
		}
	}
}

func waitReady(t *testing.T, p *process, url string) {
	t.Helper()
	eventually(t, p.name+" is ready", func() (bool, string) {
		if !p.running() {
			t.Fatalf("%s ended early:\n%s", p.name, p.log.tail(8000))
		}
		body, status, err := get(url)
		return err == nil && status == http.StatusOK, fmt.Sprintf("%v %d %s", err, status, body)
	})
}

func get(url string) (body []byte, status int, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return body, resp.StatusCode, err
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.buf.String()
	return s[max(0, len(s)-n):]
}
