package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"headroom/internal/app"
	"headroom/internal/config"
	"headroom/internal/version"
	"headroom/slo/diag"
)

// serveFlags are the flags of serve; they override the configuration.
type serveFlags struct {
	config     string
	listen     string
	allowEmpty bool
}

func newServe() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Keep the budgets: ledger, rules, API and status page",
		Long: `Keep the budgets: read specs as they change, evaluate or deliver the rules,
keep the ledger, and serve the API and the status page.

Without a configuration file it serves the specs below the current directory
with the embedded engine, on ` + config.DefaultListen + `.`,
		Example: "  headroom serve\n  headroom serve --config headroom.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), flags, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&flags.config, "config", "", "configuration `FILE`; without one, the defaults")
	cmd.Flags().StringVar(&flags.listen, "listen", "", "`ADDRESS` to listen on, instead of the configuration's; port 0 is chosen by the system")
	cmd.Flags().BoolVar(&flags.allowEmpty, "allow-empty", false, "let a directory of specs or policies that has become empty or is gone remove what it declared")
	return cmd
}

// steady is the growth of the heap, in percent, after which memory is collected
// unless GOGC says otherwise. Most of what a service holds stays, so that more
// would be room for nothing.
const steady = 50

func serve(ctx context.Context, flags serveFlags, stderr io.Writer) error {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(steady))
	}
	c, err := configuration(flags, stderr)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{
		Config:     c,
		AllowEmpty: flags.allowEmpty,
		Logger:     newLogger(stderr, c.Log),
		Version:    version.String(),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "headroom %s\n  status page  %s\n  terminal     headroom status --url %s\n  data         %s\n", version.String(), a.URL(), a.URL(), c.DataDir)
	if a.TokenFile() != "" {
		fmt.Fprintf(stderr, "  token        --token-file %s\n", a.TokenFile())
	}
	return a.Run(ctx)
}

func configuration(flags serveFlags, stderr io.Writer) (config.Config, error) {
	c := config.Default()
	if flags.config != "" {
		var problems []diag.Problem
		c, problems = config.Load(flags.config)
		if err := diag.Write(stderr, problems); err != nil {
			return c, fmt.Errorf("print problems: %w", err)
		}
		if diag.HasErrors(problems) {
			return c, errProblems
		}
	}
	if flags.listen != "" {
		if _, _, err := net.SplitHostPort(flags.listen); err != nil {
			return c, usagef("--listen %q is not host:port, such as %s", flags.listen, config.DefaultListen)
		}
		c.Listen = flags.listen
	}
	return c, nil
}

func newLogger(w io.Writer, log config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: log.Level}
	if log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
