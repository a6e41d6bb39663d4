package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"headroom/internal/config"
	"headroom/rules/ruler"
)

// Exit codes of headroom push besides those of every command.
const (
	exitChanges = 3
	exitPartial = 4
)

func newPush() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Bring rules to where they are evaluated",
		Args:  cobra.NoArgs,
		RunE:  noCommand,
	}
	cmd.AddCommand(newPushRuler())
	return cmd
}

func newPushRuler() *cobra.Command {
	var (
		specs         specFlags
		compile       compileFlags
		where         rulerFlags
		dryRun, prune bool
	)
	cmd := &cobra.Command{
		Use:   "ruler PATH... --url URL",
		Short: "Compile spec files and set the rules in the ruler of Mimir or Cortex",
		Long: `Compile spec files and set the rules in the ruler of Grafana Mimir or Cortex,
where those of each service are a namespace: headroom/default/checkout.

Only groups that differ are set. Groups of objectives that are gone stay, and are
named, until --prune: give it only where PATH holds all specs of the prefix.
What is not headroom's is never touched: namespaces without the prefix, and
groups of other names in those with it.

A ruler has no transactions. When it refuses a change, those before it stay, what
was and what was not done is printed, and the next push does the rest. A request
that fails for a passing reason is tried four times.

Exit codes:
  0  the ruler holds the rules; with --dry-run, it did before
  1  nothing was changed
  2  the command line is wrong
  3  with --dry-run: there are changes to make
  4  some changes were made, or may have been, and others were not`,
		Example: `  headroom push ruler services/ --url https://mimir.example --tenant shop --dry-run --prune
  headroom push ruler slo.yaml --url https://mimir.example --namespace-prefix headroom/payments/
  headroom push ruler services/ --url http://cortex:9009 --rules-path /api/v1/rules --tenant shop`,
		Args: paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			compiled, err := compile.compiler()
			if err != nil {
				return err
			}
			client, err := where.client()
			if err != nil {
				return err
			}
			defer client.Close()
			result, err := specs.load(cmd.Context(), cmd.ErrOrStderr(), args)
			if err != nil {
				return err
			}
			plan, err := client.Plan(cmd.Context(), result.Objectives(), ruler.Compile(compiled), prune)
			if err != nil {
				return err
			}
			if err := tellRest(cmd.ErrOrStderr(), plan); err != nil {
				return err
			}
			compile.tell(cmd.ErrOrStderr(), len(result.Objectives()))
			if dryRun {
				return tellPlan(cmd.OutOrStdout(), plan)
			}
			return apply(cmd, client, plan)
		},
	}
	flags := cmd.Flags()
	specs.register(flags)
	compile.register(flags)
	where.register(flags)
	flags.BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	flags.BoolVar(&prune, "prune", false, "delete headroom's groups of objectives that PATH does not have")
	_ = cmd.RegisterFlagCompletionFunc("target", words(config.Targets())) // fails for an unknown flag only
	return cmd
}

// tellRest names what is left alone.
func tellRest(w io.Writer, p ruler.Plan) error {
	for _, n := range p.Foreign {
		if _, err := fmt.Fprintf(w, "%s: %s is not headroom's, and stays\n", n.Namespace, n.Group); err != nil {
			return err
		}
	}
	for _, n := range p.Stale {
		if _, err := fmt.Fprintf(w, "%s: %s belongs to no objective here, and stays; --prune deletes it\n", n.Namespace, n.Group); err != nil {
			return err
		}
	}
	return nil
}

func tellPlan(w io.Writer, p ruler.Plan) error {
	for _, change := range p.Changes {
		if err := ruler.WriteDiff(w, change); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "%s to make, %d unchanged\n", count(len(p.Changes), "change"), p.Unchanged); err != nil {
		return err
	}
	if len(p.Changes) > 0 {
		return exitCode(exitChanges)
	}
	return nil
}

func apply(cmd *cobra.Command, client *ruler.Client, p ruler.Plan) error {
	out := cmd.OutOrStdout()
	err := client.Apply(cmd.Context(), p, func(c ruler.Change) { fmt.Fprintln(out, "done:", c) })
	var partial *ruler.PartialError
	if !errors.As(err, &partial) {
		if err == nil {
			fmt.Fprintf(out, "%s made, %d unchanged\n", count(len(p.Changes), "change"), p.Unchanged)
		}
		return err
	}
	if partial.Unsure() {
		fmt.Fprintln(out, "failed, may have been done:", partial.Failed)
	} else {
		fmt.Fprintln(out, "failed:", partial.Failed)
	}
	for _, c := range partial.NotTried {
		fmt.Fprintln(out, "not tried:", c)
	}
	if len(partial.Applied) == 0 && !partial.Unsure() {
		return err
	}
	then := "Run the same command again to do the rest."
	if !partial.Unsure() {
		then = "Mend what the ruler refuses, then run the same command again to do the rest."
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "headroom: %s\n%s\n", err, then)
	return exitCode(exitPartial)
}
