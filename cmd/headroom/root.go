package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot builds the command tree. It calls started when a command line was
// understood and its command is about to run.
func newRoot(started func()) *cobra.Command {
	root := &cobra.Command{
		Use:   "headroom",
		Short: "Service level objectives: rules, alerts and error budgets",
		Long: `headroom compiles service level objectives, declared in small YAML files next
to the code, into recording and alert rules, and keeps their error budgets.

Exit codes: 0 fine, 1 problems were found or the operation did not succeed,
2 the command line is wrong. Data goes to standard output, the rest to
standard error.`,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       knownCommand,
		PersistentPreRun:           func(*cobra.Command, []string) { started() },
		RunE:                       noCommand,
	}
	root.SetFlagErrorFunc(explainFlagError)
	root.SetHelpCommand(newHelp())
	root.AddCommand(
		newInit(),
		newLint(),
		newFmt(),
		newChecks(),
		newGenerate(),
		newPush(),
		newExplain(),
		newWithheld(),
		newTest(),
		newDashboards(),
		newStatus(),
		newDatasources(),
		newAudit(),
		newHistory(),
		newSlices(),
		newExport(),
		newReport(),
		newIncidents(),
		newForecast(),
		newAttribution(),
		newWindows(),
		newWhy(),
		newNote(),
		newGate(),
		newCorrection(),
		newExec(),
		newEvent(),
		newToken(),
		newSchema(),
		newTemplates(),
		newServe(),
		newDB(),
		newVersion(),
	)
	root.InitDefaultCompletionCmd()
	demandShell(root)
	return root
}

// demandShell makes a wrong shell a mistake; cobra would print the help and
// call it fine.
func demandShell(root *cobra.Command) {
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		panic("headroom: cobra made no completion command: " + err.Error())
	}
	var shells []string
	for _, shell := range completion.Commands() {
		shells = append(shells, shell.Name())
	}
	completion.Args = cobra.ArbitraryArgs
	completion.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("no shell is given: name one of %s", strings.Join(shells, ", "))
		}
		return usagef("shell %q is not known: name one of %s", args[0], strings.Join(shells, ", "))
	}
}

// noCommand prints the help as the explanation of a mistake.
func noCommand(cmd *cobra.Command, _ []string) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr())
	return usagef("no command is given")
}

// knownCommand refuses arguments of the root, which are unknown commands.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("%s", message)
}

// newHelp is cobra's help command, which takes an unknown command for an error.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(cmd.Root(), args)
			}
			found.SetOut(cmd.OutOrStdout())
			return found.Help()
		},
	}
}
