package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headroom/api/auth"
	"headroom/slo"
)

func newToken() *cobra.Command {
	var scopes []string
	cmd := &cobra.Command{
		Use:   "token NAME",
		Short: "Make a token for the API",
		Long: `Make a random token for the API. The token goes to standard output, once: nothing
keeps it. The line for the configuration of headroom serve, which holds only the
token's hash, goes to standard error.

Scopes: read, where reading needs a token; events, to report platform events;
decide, to ask gates where reading needs a token; exempt, to claim a kind of
change that passes a freeze; admin, which is all of them.`,
		Example: "  headroom token ci --scope events\n  headroom token release-train --scope decide,exempt",
		Args:    tokenName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(scopes) == 0 {
				return usagef("no --scope is given: name some of %s", join(auth.Scopes()))
			}
			for _, scope := range scopes {
				if err := oneOf("scope", scope, texts(auth.Scopes())); err != nil {
					return err
				}
			}
			token := auth.Generate()
			hash := auth.HashOf(token)
			fmt.Fprintf(cmd.ErrOrStderr(), "Keep the token, it is not shown again. For the configuration of headroom serve:\n\ntokens:\n- {name: %s, sha256: %s, scopes: [%s]}\n\n",
				args[0], hex.EncodeToString(hash[:]), strings.Join(scopes, ", "))
			_, err := fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "`SCOPE` that the token has: "+join(auth.Scopes())+"; several with commas")
	_ = cmd.RegisterFlagCompletionFunc("scope", words(texts(auth.Scopes()))) // fails for an unknown flag only
	return cmd
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
