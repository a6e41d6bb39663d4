package main

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"headroom/budget/gate"
	"headroom/budget/policy"
	"headroom/slo"
)

// Exit codes of headroom gate besides those of every command.
const (
	exitHeld    = 3
	exitUnknown = 4
)

// What headroom gate does when it gets no answer.
const (
	failOpen   = "open"
	failClosed = "closed"
)

// defaultGateTimeout is how long an answer is waited for: long enough for a
// restart of the service, short enough for a pipeline.
const defaultGateTimeout = 10 * time.Second

// gateFlags are what headroom gate is told.
type gateFlags struct {
	where               serviceFlags
	environment, change string
	fail                string
	timeout             time.Duration
	asJSON              bool
}

func newGate() *cobra.Command {
	var flags gateFlags
	cmd := &cobra.Command{
		Use:   "gate SERVICE...",
		Short: "Ask whether services may be released now",
		Long: `Ask a running service whether services may be released now. A SERVICE is a name,
or namespace/name. Several are a release train: all of them are asked, every
reason is printed, and the worst answer counts.

Exit codes:
  0  allowed: nothing holds the release
  3  held: an error budget is used up, and a policy holds releases then
  4  unknown: it cannot be known how a budget stands and the policy is closed
     then, or nobody answered and --fail is closed
  1  the question was refused: there is no such service, or the token is wrong;
     or what answers at the address is not headroom's API
  2  the command line is wrong

A change of the kind fix, security or rollback may pass a freeze. To claim one
takes a token with the scope exempt; without it, it is judged as a feature.

When nobody answers within --timeout, the release goes on with a warning on
standard error, or is stopped with --fail closed.`,
		Example: "  headroom gate checkout --environment production\n  headroom gate checkout search platform/ingress --environment production\n  headroom gate checkout --change fix --token-file /run/secrets/headroom --fail closed\n  headroom gate checkout --json | jq -r '.[].reasons[].text'",
		Args:    services,
		RunE: func(cmd *cobra.Command, args []string) error {
			g, err := flags.gate(cmd, args)
			if err != nil {
				return err
			}
			return g.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	flags.where.add(f)
	f.StringVar(&flags.environment, "environment", "production", "`ENVIRONMENT` to release to")
	f.StringVar(&flags.change, "change", string(policy.Feature), "`KIND` of change: feature, fix, security or rollback")
	f.StringVar(&flags.fail, "fail", failOpen, "what to do when nobody answers, `open` (release) or closed")
	f.DurationVar(&flags.timeout, "timeout", defaultGateTimeout, "`TIME` to wait for the answers")
	f.BoolVar(&flags.asJSON, "json", false, "print an array of objects instead of text")
	kinds := make([]string, 0, len(policy.Changes()))
	for _, c := range policy.Changes() {
		kinds = append(kinds, string(c))
	}
	_ = cmd.RegisterFlagCompletionFunc("change", words(kinds))                        // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("fail", words([]string{failOpen, failClosed})) // fails for an unknown flag only
	return cmd
}

func services(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("no SERVICE is given: name what is to be released, as in '%s checkout'", cmd.CommandPath())
	}
	return nil
}

// gate checks the command line.
func (f *gateFlags) gate(cmd *cobra.Command, args []string) (*gateRun, error) {
	g := &gateRun{gateFlags: f, out: cmd.OutOrStdout(), warn: cmd.ErrOrStderr(), now: time.Now}
	for _, arg := range args {
		namespace, name, err := slo.ParseService(arg)
		if err != nil {
			return nil, usagef("%s", err)
		}
		if service := namespace + "/" + name; !slices.Contains(g.services, service) {
			g.services = append(g.services, service)
		}
	}
	var err error
	if g.kind, err = gate.ParseChange(f.change); err != nil {
		return nil, usagef("--%s", err)
	}
	if f.environment == "" {
		return nil, usagef("--environment is empty: name where the release goes to, such as production")
	}
	if err := oneOf("fail", f.fail, []string{failOpen, failClosed}); err != nil {
		return nil, err
	}
	if f.timeout <= 0 {
		return nil, usagef("--timeout %s: give a time above 0, such as 10s", f.timeout)
	}
	g.client, err = f.where.client(f.timeout)
	return g, err
}
