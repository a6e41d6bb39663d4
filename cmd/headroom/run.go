package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Exit codes of every command.
const (
	exitFine   = 0
	exitFailed = 1 // problems were found, or the operation did not succeed
	exitUsage  = 2 // the command line is wrong
)

// errProblems ends a command whose problems have been printed already.
var errProblems = errors.New("problems found")

// exitCode ends a command with a code of its own, and has been explained.
type exitCode int //nolint:errname // it is a code, and never printed

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// run executes one command line and returns its exit code. Data goes to
// stdout, everything else to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	started := false
	root := newRoot(func() { started = true })
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)

	cmd, err := root.ExecuteContextC(ctx)
	var usage *usageError
	var code exitCode
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, errProblems):
		return exitFailed
	case errors.As(err, &usage) || !started:
		fmt.Fprintf(stderr, "headroom: %s\nRun '%s --help' for what it understands.\n", strings.TrimSpace(err.Error()), cmd.CommandPath())
		return exitUsage
	default:
		fmt.Fprintf(stderr, "headroom: %s\n", err)
		return exitFailed
	}
}
