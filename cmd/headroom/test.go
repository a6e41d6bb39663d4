package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"headroom/internal/trial"
	"headroom/slo/diag"
	"headroom/slo/slotest"
)

// lavish is the growth of the heap, in percent, after which memory is collected
// while tests run: they make much that is gone at once.
const lavish = 400

// silence is how long tests run before the command says which one it is at.
const silence = 3 * time.Second

type testOptions struct {
	specs   specFlags
	run     string
	asJSON  bool
	junit   string
	verbose bool
}

func newTest() *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run tests of objectives: traffic in, budgets and alerts out",
		Long: `Run tests of objectives: traffic in, budgets and alerts out.

A PATH is a file of tests of any name, or a directory, which is searched for
slo.test.yaml and *.slo.test.yaml. A test states traffic, or series, and what
budgets and alerts shall make of it. The rules are those of generate, and run in
the embedded engine at their own intervals; budgets are the ledger's. Hours pass
in about a second, and no server is asked.

Every case is run. The exit code is 1 when one failed or a file has problems.`,
		Example: `  headroom test slo.test.yaml
  headroom test . --run 'bad deploy' -v
  headroom test services/ --junit report.xml`,
		Args: testPaths,
		RunE: o.test,
	}
	flags := cmd.Flags()
	flags.StringVar(&o.run, "run", "", "run only the cases whose \"service/objective: name\" matches the `REGEXP`")
	flags.BoolVar(&o.asJSON, "json", false, "print an array of objects instead of text")
	flags.StringVar(&o.junit, "junit", "", "also write the results to `FILE`, in JUnit's XML")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "show what came out of cases that pass, too")
	o.specs.register(flags)
	return cmd
}

func testPaths(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("no PATH is given: name files of tests, or directories with files slo.test.yaml or *.slo.test.yaml, as in '%s .'", cmd.CommandPath())
	}
	return nil
}

func (o *testOptions) test(cmd *cobra.Command, args []string) error {
	chosen, err := regexp.Compile(o.run)
	if err != nil {
		return usagef("--run: %s", err)
	}
	options, err := o.specs.options(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	loaded := slotest.Load(cmd.Context(), args, options)
	if err := cmd.Context().Err(); err != nil {
		return fmt.Errorf("read tests: %w", err)
	}
	if err := diag.Write(cmd.ErrOrStderr(), loaded.Problems); err != nil {
		return err
	}
	all := casesOf(loaded, regexp.MustCompile(""))
	cases := casesOf(loaded, chosen)
	if len(cases) == 0 && len(all) > 0 {
		return usagef("--run %q matches none of %s, such as %q", o.run, count(len(all), "case"), fullName(all[0]))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(lavish))
	results := results{verbose: o.verbose, loaded: loaded}
	if !o.asJSON {
		results.out = cmd.OutOrStdout()
	}
	if err := results.run(cmd.Context(), cases, cmd.ErrOrStderr()); err != nil {
		return err
	}
	return o.finish(cmd, &results)
}

// finish writes what is not written case by case.
func (o *testOptions) finish(cmd *cobra.Command, results *results) error {
	if o.junit != "" {
		text, err := results.junit()
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.junit, text, 0o644); err != nil { //nolint:gosec // a report for everybody
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if o.asJSON {
		if err := writeJSON(cmd.OutOrStdout(), results.json()); err != nil {
			return err
		}
	}
	fmt.Fprintln(cmd.ErrOrStderr(), results.verdict())
	if results.failed() > 0 || diag.HasErrors(results.loaded.Problems) {
		return errProblems
	}
	return nil
}

// casesOf returns the cases whose full name a pattern matches.
func casesOf(loaded slotest.Result, chosen *regexp.Regexp) []*slotest.Case {
	var list []*slotest.Case
	for i := range loaded.Suites {
		for k := range loaded.Suites[i].Cases {
			if c := &loaded.Suites[i].Cases[k]; chosen.MatchString(fullName(c)) {
				list = append(list, c)
			}
		}
	}
	return list
}

// fullName is "checkout/availability: a bad deploy pages".
func fullName(c *slotest.Case) string {
	return strings.TrimPrefix(c.Objective.ID.String(), "default/") + ": " + c.Name
}

// results are the outcomes so far.
type results struct {
	out      io.Writer // nil: nothing is printed case by case
	verbose  bool
	loaded   slotest.Result
	outcomes []trial.Outcome
}

// run runs the cases, as many at once as there are processors, and prints them
// in their order.
func (r *results) run(ctx context.Context, cases []*slotest.Case, log io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	done, wait := start(ctx, cases)
	defer wait() // for what is being cleaned up
	defer cancel()
	shown := time.Now()
	for i, c := range cases {
		if time.Since(shown) > silence {
			fmt.Fprintf(log, "case %d of %d: %s\n", i+1, len(cases), printable(fullName(c)))
			shown = time.Now()
		}
		e := <-done[i]
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("run tests: %w", err)
		}
		if e.err != nil {
			return fmt.Errorf("%s:%d: %w", c.Place.File, c.Place.Line, e.err)
		}
		r.outcomes = append(r.outcomes, e.outcome)
		if r.out == nil {
			continue
		}
		if _, err := io.WriteString(r.out, outcomeText(&e.outcome, r.verbose)); err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	return nil
}

// ended is a case that was run.
type ended struct {
	outcome trial.Outcome
	err     error
}

// start runs cases in the background. Each answers on a channel of its own;
// wait returns when nothing runs any more.
func start(ctx context.Context, cases []*slotest.Case) (done []chan ended, wait func()) {
	done = make([]chan ended, len(cases))
	next := make(chan int, len(cases))
	for i := range cases {
		done[i] = make(chan ended, 1)
		next <- i
	}
	close(next)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(cases)) {
		workers.Go(func() {
			for i := range next {
				if err := ctx.Err(); err != nil {
					done[i] <- ended{err: err}
					continue
				}
				outcome, err := trial.Run(ctx, cases[i])
				done[i] <- ended{outcome, err}
			}
		})
	}
	return done, workers.Wait
}

func (r *results) failed() int {
	n := 0
	for i := range r.outcomes {
		if !r.outcomes[i].Passed() {
			n++
		}
	}
	return n
}

// verdict sums up: "3 cases in 1 file: 1 failed".
func (r *results) verdict() string {
	found := "all passed"
	switch failed := r.failed(); {
	case len(r.outcomes) == 0:
		found = "none was run"
	case failed > 0:
		found = fmt.Sprintf("%d failed", failed)
	}
	if problems := r.loaded.Problems; len(problems) > 0 {
		found += ", with " + foundOf(problems)
	}
	return fmt.Sprintf("%s in %s: %s", count(len(r.outcomes), "case"), count(len(r.loaded.Files), "file"), found)
}
