package strictyaml_test

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// TestIrregularFiles demands that what is no plain file is refused at once:
// reading a pipe or a terminal would wait for ever, and a device may not end.
func TestIrregularFiles(t *testing.T) {
	dir := t.TempDir()
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for _, path := range []string{pipe, socket, "/dev/zero"} {
		read := make(chan []diag.Problem, 1)
		go func() {
			_, problems := strictyaml.ReadFile(path, 0)
			read <- problems
		}()
		select {
		case problems := <-read:
			if len(problems) != 1 || problems[0].Check != "unreadable-file" || problems[0].Message != "read this file: it is no regular file" {
				t.Errorf("%s: %v", path, problems)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s is waited for", path)
		}
	}
}
