package command_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"headroom/collectors/command"
	"headroom/slo/event"
)

func script(text string) []string { return []string{"/bin/sh", "-c", text} }

func TestOutcomes(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("no program\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args    []string
		outcome event.Outcome
		code    int
		signal  string
	}{
		"success":        {script("exit 0"), event.Success, 0, ""},
		"failure":        {script("exit 42"), event.Failure, 42, ""},
		"killed":         {script("kill -KILL $$"), event.Failure, 137, "killed"},
		"aborted":        {script("kill -ABRT $$"), event.Failure, 134, "aborted"},
		"terminated":     {script("kill -TERM $$"), event.Failure, 143, "terminated"},
		"not found":      {[]string{"headroom-no-such-command"}, event.Failure, 127, ""},
		"no such path":   {[]string{filepath.Join(dir, "none")}, event.Failure, 127, ""},
		"not executable": {[]string{plain}, event.Failure, 126, ""},
		"directory":      {[]string{dir}, event.Failure, 126, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := command.Run(command.Options{Args: test.args})
			if got.Outcome != test.outcome || got.ExitCode != test.code || got.Signal != test.signal {
				t.Errorf("%+v, want %+v", got, test)
			}
			if got.Started.IsZero() || got.Finished.Before(got.Started) {
				t.Errorf("from %s to %s", got.Started, got.Finished)
			}
			if (got.Err != nil) != (test.code == 126 || test.code == 127) {
				t.Errorf("error %v", got.Err)
			}
		})
	}
}

func TestStreamsGoThrough(t *testing.T) {
	var stdout, stderr bytes.Buffer
	command.Run(command.Options{Args: script("cat; echo no >&2"), Stdin: strings.NewReader("yes\n"), Stdout: &stdout, Stderr: &stderr})
	if stdout.String() != "yes\n" || stderr.String() != "no\n" {
		t.Errorf("stdout %q, stderr %q", &stdout, &stderr)
	}
}

// TestSignals sends signals once the command says that it is ready for them.
func TestSignals(t *testing.T) {
	for name, test := range map[string]struct {
		script  string
		signal  os.Signal
		shared  bool
		outcome event.Outcome
		code    int
	}{
		"asked and gone":          {"echo ready; exec sleep 60", syscall.SIGTERM, false, event.Cancelled, 143},
		"asked and tidied up":     {"trap 'exit 3' INT; echo ready; while :; do sleep 0.01; done", syscall.SIGINT, false, event.Cancelled, 3},
		"asked and finished":      {"trap 'exit 0' HUP; echo ready; while :; do sleep 0.01; done", syscall.SIGHUP, false, event.Success, 0},
		"another signal":          {"trap 'exit 5' USR1; echo ready; while :; do sleep 0.01; done", syscall.SIGUSR1, false, event.Failure, 5},
		"the whole group":         {"trap : TERM; sh -c 'echo ready; sleep 5; touch survived' & while kill -0 $! 2>/dev/null; do wait $!; done; [ -e survived ] && exit 4; exit 3", syscall.SIGTERM, false, event.Cancelled, 3},
		"terminate, one terminal": {"echo ready; exec sleep 60", syscall.SIGTERM, true, event.Cancelled, 143},
		"Ctrl-C, one terminal":    {"trap 'exit 9' INT; echo ready; i=0; while [ $i -lt 20 ]; do i=$((i+1)); sleep 0.01; done; exit 1", syscall.SIGINT, true, event.Cancelled, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			defer writer.Close()
			signals := make(chan os.Signal, 1)
			go func() {
				buffer := make([]byte, 6)
				if _, err := io.ReadFull(reader, buffer); err == nil {
					signals <- test.signal
				}
			}()
			got := command.Run(command.Options{Args: script(test.script), Stdout: writer, Signals: signals, Shared: test.shared})
			if got.Outcome != test.outcome || got.ExitCode != test.code {
				t.Errorf("%+v, want %s with %d", got, test.outcome, test.code)
			}
		})
	}
}
