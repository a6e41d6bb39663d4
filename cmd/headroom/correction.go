package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget/correction"
)

func newCorrection() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "correction",
		Short: "Declare what does not count in error budgets",
		Long: `Declare what does not count in error budgets: planned maintenance, load tests,
what is out of scope, what was measured wrong. A correction is never changed and
never deleted, only revoked; who did what is kept. Changing needs a token with
the scope correct, approving one with the scope approve.`,
		Args: cobra.NoArgs,
		RunE: noCommand,
	}
	cmd.AddCommand(newCorrectionAdd(), newCorrectionList(), newCorrectionShow(), newCorrectionPreview(), newCorrectionApprove(), newCorrectionRevoke())
	return cmd
}

func newCorrectionList() *cobra.Command {
	var (
		where  serviceFlags
		state  string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List corrections",
		Long:    `List all corrections, or those of one state, the oldest first.`,
		Example: "  headroom correction list\n  headroom correction list --state pending --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state != "" {
				if err := oneOf("state", state, correctionStates()); err != nil {
					return err
				}
			}
			service, err := where.client(0)
			if err != nil {
				return err
			}
			list, err := service.Corrections(cmd.Context(), state)
			if err != nil {
				return explainUnanswered(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return writeCorrections(cmd.OutOrStdout(), list)
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().StringVar(&state, "state", "", "list one `STATE` only: pending, in_force or revoked")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects instead of a table")
	_ = cmd.RegisterFlagCompletionFunc("state", words(correctionStates())) // fails for an unknown flag only
	return cmd
}

func correctionStates() []string {
	var names []string
	for _, s := range correction.States() {
		names = append(names, string(s))
	}
	return names
}

func newCorrectionShow() *cobra.Command {
	var (
		where  serviceFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one correction, its history and its next intervals",
		Long:    `Show one correction: what it is about, who did what about it and when, and the next intervals that it excludes.`,
		Example: "  headroom correction show 12\n  headroom correction show 12 --json",
		Args:    oneCorrection,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, found, err := findCorrection(cmd, &where, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), found)
			}
			return writeCorrection(cmd.OutOrStdout(), found)
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object instead of text")
	return cmd
}

func newCorrectionPreview() *cobra.Command {
	var (
		where  serviceFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "preview ID",
		Short: "Show what approving or revoking a correction would change",
		Long: `Show what it would change to approve a correction that is pending, or to revoke
one that is in force: for each objective what is left of its error budget, from →
to, and which policies would hold or free its releases. Nothing is changed.
The effect of one that is not declared yet is shown by 'headroom correction add
--dry-run'.`,
		Example: "  headroom correction preview 12",
		Args:    oneCorrection,
		RunE: func(cmd *cobra.Command, args []string) error {
			service, found, err := findCorrection(cmd, &where, args[0])
			if err != nil {
				return err
			}
			change := v1.CorrectionChange{Revoke: found.ID}
			if found.State != correction.InForce {
				change = v1.CorrectionChange{Approve: found.ID}
			}
			d := decision{service: service, cmd: cmd, asJSON: asJSON, dryRun: true}
			return d.decide(change, nil)
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object instead of text")
	return cmd
}

func newCorrectionApprove() *cobra.Command {
	var d decision
	cmd := &cobra.Command{
		Use:   "approve ID",
		Short: "Let a pending correction of somebody else count",
		Long: `Let a pending correction count. Its effect is shown before; --dry-run ends there.
It needs a token with the scope approve under another name than the author's.`,
		Example: "  headroom correction approve 12 --dry-run\n  headroom correction approve 12 --yes",
		Args:    oneCorrection,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.open(cmd); err != nil {
				return err
			}
			return d.decide(v1.CorrectionChange{Approve: args[0]}, func() (v1.Correction, error) {
				return d.service.ApproveCorrection(cmd.Context(), args[0])
			})
		},
	}
	d.add(cmd)
	return cmd
}

func newCorrectionRevoke() *cobra.Command {
	var (
		d      decision
		reason string
	)
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "Take a correction out of every balance",
		Long: `Take a correction out of every balance from now on. It stays in the books, with
who revoked it and why. Its effect is shown before; --dry-run ends there. Where a
policy asks for a second person, what counts is revoked by somebody other than its
author, with the scope approve besides.`,
		Example: "  headroom correction revoke 12 --reason 'The upgrade was called off.' --yes",
		Args:    oneCorrection,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.open(cmd); err != nil {
				return err
			}
			return d.decide(v1.CorrectionChange{Revoke: args[0]}, func() (v1.Correction, error) {
				return d.service.RevokeCorrection(cmd.Context(), args[0], reason)
			})
		},
	}
	d.add(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "`SENTENCE` that says why")
	return cmd
}

func oneCorrection(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("name one correction by its ID, as in '%s 12': 'headroom correction list' shows them", cmd.CommandPath())
	}
	if strings.Trim(args[0], "0123456789") != "" {
		return usagef("%q is no ID of a correction: it is a number, as 'headroom correction list' shows it", args[0])
	}
	return nil
}

// findCorrection asks the service for a correction, and returns the service, too.
func findCorrection(cmd *cobra.Command, where *serviceFlags, id string) (*client.Client, v1.CorrectionDetail, error) {
	service, err := where.client(0)
	if err != nil {
		return nil, v1.CorrectionDetail{}, err
	}
	found, err := service.Correction(cmd.Context(), id)
	switch {
	case errors.Is(err, client.ErrNotFound):
		err = fmt.Errorf("correction %s: %w", id, err)
	case err != nil:
		err = explainUnanswered(err)
	}
	return service, found, err
}

// moment writes a time for people in its own zone.
func moment(t time.Time) string { return t.Format("2006-01-02 15:04 MST") }
