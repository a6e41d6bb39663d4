// Command bench measures headroom's compiled rules against the truth of a
// simulated service and against the rules of other tools, and headroom's
// commands against the clock. It prints Markdown tables for docs/benchmarks.md
// on standard output and its progress on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings are the flags.
type settings struct {
	seed  uint64
	quick bool
	only  []string
}

// parts are what can be measured, in the order of the report.
func parts() []string {
	return []string{"commands", "rules", "large", "gaps", "alerts", "ledger", "api"}
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the simulated traffic")
	flags.BoolVar(&s.quick, "quick", false, "a subset that takes less than a minute: headroom only, 10 series, no gaps")
	flags.StringVar(&only, "only", "", "comma-separated parts to measure: "+strings.Join(parts(), ", ")+"; all when empty")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	s.only = parts()
	if s.quick {
		s.only = []string{"commands", "rules"}
	}
	if only != "" {
		s.only = strings.Split(only, ",")
	}
	for _, part := range s.only {
		if !slices.Contains(parts(), part) {
			return settings{}, fmt.Errorf("unknown part %q: want %s", part, strings.Join(parts(), ", "))
		}
	}
	return s, nil
}

// run returns the exit code: 0 when everything was measured, 1 when something
// went wrong, 2 for wrong usage. That a figure misses its target is said in
// the tables and is no failure.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return 2
	}
	if err := measure(ctx, s, stdout, newProgress(stderr, time.Now)); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return 1
	}
	return 0
}

func measure(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	for _, part := range parts() {
		if !slices.Contains(s.only, part) {
			continue
		}
		var err error
		switch part {
		case "commands":
			err = measureCommands(ctx, s, stdout, p)
		case "rules":
			err = measureRules(ctx, s, stdout, p)
		case "large":
			err = measureLarge(ctx, s, stdout, p)
		case "api":
			err = measureAPI(ctx, s, stdout, p)
		case "gaps":
			err = measureGaps(ctx, s, stdout, p)
		case "ledger":
			err = measureLedger(ctx, s, stdout, p)
		case "alerts":
			err = measureAlerts(ctx, s, stdout, p)
		}
		if err != nil {
			return fmt.Errorf("measure %s: %w", part, err)
		}
	}
	p.say("done")
	return nil
}

// progress tells how far a run is and how long it has taken.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	now   func() time.Time
	began time.Time
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	return &progress{w: w, now: now, began: now()}
}

func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "bench %6.1fs  %s\n", p.now().Sub(p.began).Seconds(), fmt.Sprintf(format, args...))
}
