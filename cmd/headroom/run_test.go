package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headroom/internal/config"
	"headroom/rules"
)

// TestTargets keeps the targets that people may write equal to the dialects
// that the compiler knows, without the embedded engine's own.
func TestTargets(t *testing.T) {
	var want []string
	for _, d := range rules.Dialects() {
		if d != rules.Embedded {
			want = append(want, string(d))
		}
	}
	if got := config.Targets(); !slices.Equal(got, want) {
		t.Errorf("config.Targets() = %v, want %v", got, want)
	}
	for _, target := range want {
		if !strings.Contains(targetHelp(), "  "+target+" ") {
			t.Errorf("the help of generate does not name the target %s", target)
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// TestUnwritableOutput demands that no command takes lost output for success.
func TestUnwritableOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slo.yaml")
	spec := "headroom: v1\nservice: checkout\nobjectives:\n  availability:\n    target: 99.9%\n    ratio: {bad: errors_total, total: requests_total}\n"
	if err := os.WriteFile(path, []byte(spec), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"generate", "explain", "explain --json", "lint --format json", "schema", "version"} {
		args := strings.Fields(line)
		if args[0] != "schema" && args[0] != "version" {
			args = append(args, path)
		}
		var stderr bytes.Buffer
		code := run(context.Background(), args, strings.NewReader(""), fullDisk{}, &stderr)
		if code != exitFailed || !strings.Contains(stderr.String(), errFull.Error()) {
			t.Errorf("%s: exit code %d, stderr %q; want %d and the reason", line, code, stderr.String(), exitFailed)
		}
	}
}

// TestCanceled demands that an interrupted command fails and writes nothing.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	output := filepath.Join(dir, "rules.yml")
	for _, args := range [][]string{{"lint", dir}, {"generate", dir, "--output", output}, {"explain", dir}} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, args, strings.NewReader(""), &stdout, &stderr)
		if code != exitFailed || !strings.Contains(stderr.String(), "read specs: context canceled") || stdout.Len() > 0 {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout.String(), stderr.String())
		}
	}
	if _, err := os.Stat(output); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an interrupted generate left %s: %v", output, err)
	}
}
