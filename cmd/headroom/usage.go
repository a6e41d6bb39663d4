package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"headroom/internal/strictyaml"
)

// usageError is a fault in the command line that only the command itself can
// see; cobra finds the others before the command runs.
type usageError struct {
	message string
}

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// explainFlagError adds to cobra's words what was probably meant, or which
// flags there are.
func explainFlagError(cmd *cobra.Command, err error) error {
	const unknown = "unknown flag: --"
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if want := wanted(invalid.GetFlag().Value.Type()); want != "" {
			return usagef("--%s %q is not %s", invalid.GetFlag().Name, invalid.GetValue(), want)
		}
	}
	name, found := strings.CutPrefix(err.Error(), unknown)
	if !found {
		return usagef("%s", err)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near, ok := strictyaml.Nearest(name, names); ok {
		return usagef("%s%s: did you mean --%s?", unknown, name, near)
	}
	return usagef("%s%s: the flags of %s are --%s", unknown, name, cmd.CommandPath(), strings.Join(names, ", --"))
}

// wanted says what a flag of a type takes, "" when the flag says so itself.
func wanted(kind string) string {
	switch kind {
	case "float64":
		return "a number: write one such as 120 or 0.5"
	case "int", "int64", "uint", "uint64":
		return "a whole number: write one such as 10"
	case "bool":
		return "true or false"
	case "duration":
		return "a duration: write one such as 30s or 5m"
	default:
		return ""
	}
}

// paths demands at least one PATH argument.
func paths(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("no PATH is given: name spec files, or directories with files slo.yaml or *.slo.yaml, as in '%s .'", cmd.CommandPath())
	}
	return nil
}

// noArguments refuses arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, and %q is one", cmd.CommandPath(), args[0])
	}
	return nil
}

// oneOf demands that a flag has one of a few values.
func oneOf(flag, value string, values []string) error {
	for _, v := range values {
		if v == value {
			return nil
		}
	}
	if near, ok := strictyaml.Nearest(value, values); ok {
		return usagef("--%s %q is not known: did you mean %s?", flag, value, near)
	}
	return usagef("--%s %q is not known: use %s", flag, value, strings.Join(values, ", "))
}

// words completes a flag with a few values in the shell.
func words(values []string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}
