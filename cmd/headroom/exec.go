package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/table"
	"headroom/collectors/command"
	"headroom/slo/event"
)

// execSource is the source of the events of headroom exec.
const execSource = "exec"

// execPatience is how long headroom exec tries to report a run after its end.
// Whoever asked it to stop will soon stop asking, whatever the patience.
const execPatience = 2 * time.Second

func newExec() *cobra.Command {
	var (
		service  serviceFlags
		run      eventFlags
		patience time.Duration
	)
	cmd := &cobra.Command{
		Use:   "exec (--service SERVICE | --subject NAME) [flags] -- COMMAND [ARGUMENT...]",
		Short: "Run a command and report how it went",
		Long: `Run a command and report when it began, when it ended and how. Its input, output
and signals pass through, and its exit code is that of headroom exec: 128+n when
signal n killed the command, 127 when it was not found, 126 when it could not be
executed, 2 when headroom's own flags are wrong and nothing was run.

Exit code 0 is a success, any other a failure; a command that does not succeed
after headroom was asked to stop it (SIGINT, SIGTERM, SIGHUP, SIGQUIT) was
cancelled, which counts neither way. The command's arguments, output and
environment are never stored or sent.

That headroom is away changes nothing for the command, and delays its end by 2 s
at most, not at all when the connection is refused; with --patience it tries for
that long, refused or not. The report is then kept in
$XDG_STATE_HOME/headroom/spool, and delivered by the next headroom exec or
headroom event send.`,
		Example: "  headroom exec --service checkout -- make test\n  headroom exec --kind deployment --service checkout --environment production --revision $GIT_SHA -- ./deploy.sh\n  headroom exec --kind provisioning --subject new-database -- terraform apply",
		Args:    commandLine,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := run.begin(execSource, time.Now())
			if err != nil {
				return err
			}
			reporter, err := newReporter(&service, cmd.ErrOrStderr())
			var usage *usageError
			if errors.As(err, &usage) {
				return err
			}
			if err != nil {
				reporter.say("%s: the run will be reported later", err)
			}
			reporter.yielding = !cmd.Flags().Changed("patience")
			return execute(cmd, reporter, e, args, patience)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the command is the command's
	run.addExec(cmd)
	flags.DurationVar(&patience, "patience", execPatience, "`TIME` to try to report after the command's end")
	service.add(flags)
	return cmd
}

func commandLine(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("no command is given: write it after --, as in 'headroom exec --service checkout -- make test'")
	}
	return nil
}

// execute runs the command, reporting its start meanwhile and its end
// afterwards.
func execute(cmd *cobra.Command, r *reporter, e event.Event, args []string, patience time.Duration) error {
	signals, stop := catchSignals()
	defer stop()
	ctx, cancel := context.WithCancel(context.WithoutCancel(cmd.Context()))
	startReported := make(chan struct{})
	go func() {
		defer close(startReported)
		_ = r.send(ctx, e) // the end is reported in any case, and says when it began
	}()
	result := command.Run(command.Options{
		Args: args, Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
		Signals: signals, Shared: onTerminal(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()),
	})
	cancel()
	<-startReported
	if result.Err != nil {
		r.say("run the command: %s", result.Err)
	}
	if result.Outcome == event.Cancelled {
		patience = min(patience, execPatience)
	}
	reporting, done := untilSignal(context.WithoutCancel(cmd.Context()), signals)
	defer done()
	_ = r.report(reporting, patience, finished(e, result)) // it has said why; the command's outcome stands
	if result.ExitCode != 0 {
		return exitCode(result.ExitCode)
	}
	return nil
}

// finished is the report of a run's end.
func finished(e event.Event, result command.Result) event.Event {
	e.Started, e.Finished, e.Outcome = result.Started.UTC(), result.Finished.UTC(), result.Outcome
	switch result.Outcome {
	case event.Cancelled:
		e.Fault = event.FaultCancelled
	case event.Failure:
		e.Fault = event.FaultUnknown // an exit code does not tell whose fault it was
	default:
	}
	e.Attributes = map[string]string{"exit_code": strconv.Itoa(result.ExitCode)}
	if result.Signal != "" {
		e.Attributes["signal"] = result.Signal
	}
	return e
}

// catchSignals receives the signals that are passed on to the command, but for
// those that whoever started headroom wants to be ignored, as nohup does.
func catchSignals() (signals <-chan os.Signal, stop func()) {
	caught := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGCONT, syscall.SIGWINCH} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	return caught, func() { signal.Stop(caught) }
}

// untilSignal ends a context at the next signal: whoever waits for the report
// no longer wants to.
func untilSignal(parent context.Context, signals <-chan os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		defer cancel()
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				if s == syscall.SIGINT || s == syscall.SIGTERM {
					return
				}
			}
		}
	}()
	return ctx, cancel
}

// onTerminal reports whether any of a command's streams is a terminal.
func onTerminal(streams ...any) bool {
	return slices.ContainsFunc(streams, func(s any) bool {
		file, ok := s.(*os.File)
		return ok && table.IsTerminal(file)
	})
}

// randomRun names a run that nobody else names.
func randomRun() string { return rand.Text() }
