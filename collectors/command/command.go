// Package command runs a command in somebody's place and tells how it went. It
// looks at nothing that the command is told or that it says.
package command

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"headroom/slo/event"
)

// Options say what to run.
type Options struct {
	Args           []string // the command and its arguments
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Signals        <-chan os.Signal // passed on to the command; nil: none come
	// Shared says that the command shares a terminal with the caller, and so its
	// process group: what is typed there (Ctrl-C) reaches both. Otherwise the
	// command gets a group of its own, and all of the group gets the signals.
	Shared bool
	Clock  func() time.Time // nil is time.Now
}

// Result is how a command went.
type Result struct {
	Started, Finished time.Time
	Outcome           event.Outcome // success, failure or cancelled
	// ExitCode is what a shell would say: the command's own, 128+n when signal n
	// killed it, 127 when it was not found, 126 when it could not be executed.
	ExitCode int
	Signal   string // what killed it: "killed"; else ""
	Err      error  // why it was never started, or nil; names the command alone
}

// Exit codes of commands that never ran.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// Run runs a command to its end. A command that does not succeed after it was
// asked to stop was cancelled; one that something else killed has failed.
func Run(o Options) Result {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	cmd := exec.Command(o.Args[0], o.Args[1:]...) //nolint:noctx // it ends by itself, or by a signal that is passed on
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Stdin, o.Stdout, o.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !o.Shared}
	cmd.WaitDelay = time.Second // for readers and writers that are no files
	started := o.Clock()
	r := Result{Started: started}
	if r.Err = cmd.Start(); r.Err != nil {
		r.Outcome, r.ExitCode = event.Failure, exitNotExecutable
		if errors.Is(r.Err, exec.ErrNotFound) || errors.Is(r.Err, os.ErrNotExist) {
			r.ExitCode = exitNotFound
		}
		r.Finished = end(started, o.Clock())
		return r
	}
	asked := o.wait(cmd)
	r.Finished = end(started, o.Clock())
	r.judge(cmd.ProcessState, asked)
	return r
}

// end measures with the monotonic clock, so that a clock that is set meanwhile
// makes a run neither longer nor shorter.
func end(started, now time.Time) time.Time { return started.Add(now.Sub(started)) }

// wait passes signals on until the command has ended, and reports whether one
// of them asked it to stop.
func (o Options) wait(cmd *exec.Cmd) (asked bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // the process's state says it all
	}()
	for {
		select {
		case <-done:
			return asked
		case s := <-o.Signals:
			asked = asked || slices.Contains([]os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}, s)
			o.pass(cmd.Process.Pid, s)
		}
	}
}

// pass hands a signal to the command. One that the terminal has sent to both
// already must not come twice: many programs take the second Ctrl-C for "now".
func (o Options) pass(pid int, s os.Signal) {
	number, ok := s.(syscall.Signal)
	if !ok || o.Shared && (number == syscall.SIGINT || number == syscall.SIGQUIT) {
		return
	}
	if !o.Shared {
		pid = -pid
	}
	_ = syscall.Kill(pid, number) // it may just have ended
}

func (r *Result) judge(state *os.ProcessState, asked bool) {
	status, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled():
		r.ExitCode, r.Signal = 128+int(status.Signal()), status.Signal().String()
	default:
		r.ExitCode = state.ExitCode()
	}
	switch {
	case r.ExitCode == 0:
		r.Outcome = event.Success
	case asked:
		r.Outcome = event.Cancelled
	default:
		r.Outcome = event.Failure
	}
}
