package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"headroom/api/auth"
	"headroom/slo"
	"headroom/slo/manifest/draft"
)

func newToken() *cobra.Command {
	var f tokenFlags
	cmd := &cobra.Command{
		Use:   "token NAME",
		Short: "Make a token for the API",
		Long: `Make a random token for the API. The token goes to standard output, once: nothing
keeps it. The line for the configuration of headroom serve, which holds only the
token's hash, goes to standard error.

Roles: viewer reads; editor reports events, asks gates, corrects and annotates,
too; approver approves what others wrote, too; admin may do everything.

Scopes, for what no role fits: read, where reading needs a token; events, to
report platform events; decide, to ask gates where reading needs a token;
exempt, to claim a kind of change that passes a freeze; correct, to write and
revoke corrections; annotate, to write annotations; approve, to approve what
others wrote; admin, which is all of them.

With --owner it may change only what belongs to that owner.`,
		Example: "  headroom token payments --role editor --owner team-payments\n  headroom token ci --scope events\n  headroom token release-train --scope decide,exempt",
		Args:    tokenName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			token := auth.Generate()
			fmt.Fprintf(cmd.ErrOrStderr(), "Keep the token, it is not shown again. For the configuration of headroom serve:\n\ntokens:\n- %s\n\n",
				f.line(args[0], auth.HashOf(token)))
			_, err := fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	cmd.Flags().StringVar(&f.role, "role", "", "`ROLE` that the token has: "+join(auth.Roles()))
	cmd.Flags().StringSliceVar(&f.scopes, "scope", nil, "`SCOPE` that the token has: "+join(auth.Scopes())+"; several with commas")
	cmd.Flags().StringSliceVar(&f.owners, "owner", nil, "`OWNER` whose objectives the token may change; several with commas, everybody's without any")
	_ = cmd.RegisterFlagCompletionFunc("role", words(texts(auth.Roles())))   // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("scope", words(texts(auth.Scopes()))) // likewise
	return cmd
}

// tokenFlags say what a token allows.
type tokenFlags struct {
	role           string
	scopes, owners []string
}

func (f tokenFlags) check() error {
	if f.role == "" && len(f.scopes) == 0 {
		return usagef("neither --role nor --scope is given: the usual role is editor, and scopes are %s", join(auth.Scopes()))
	}
	if f.role != "" {
		if err := oneOf("role", f.role, texts(auth.Roles())); err != nil {
			return err
		}
	}
	allowed := auth.Role(f.role).Scopes()
	for _, scope := range f.scopes {
		if err := oneOf("scope", scope, texts(auth.Scopes())); err != nil {
			return err
		}
		allowed = append(allowed, auth.Scope(scope))
	}
	if len(f.owners) > 0 && !auth.Changes(allowed) {
		return usagef("--owner bounds what a token changes, and this one only reads")
	}
	if slices.Contains(f.owners, "") {
		return usagef("--owner is empty: name an owner as specs declare it")
	}
	return nil
}

// line is the token's entry in the configuration.
func (f tokenFlags) line(name string, hash auth.Hash) string {
	parts := []string{"name: " + name, "sha256: " + hex.EncodeToString(hash[:])}
	if f.role != "" {
		parts = append(parts, "role: "+f.role)
	}
	if len(f.scopes) > 0 {
		parts = append(parts, "scopes: ["+strings.Join(f.scopes, ", ")+"]")
	}
	if len(f.owners) > 0 {
		owners := make([]string, len(f.owners))
		for i, owner := range f.owners {
			owners[i] = draft.Scalar(owner)
		}
		parts = append(parts, "owners: ["+strings.Join(owners, ", ")+"]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func tokenName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s wants one NAME: who will hold the token", cmd.CommandPath())
	}
	if !slo.ValidName(args[0]) {
		return usagef("%q is no name for a token: use a-z, 0-9 and inner dashes, at most %d characters", args[0], slo.MaxNameLength)
	}
	return nil
}
