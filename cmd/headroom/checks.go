package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"headroom/docs/checks"
	"headroom/internal/strictyaml"
)

func newChecks() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "checks [ID]",
		Short: "Explain a check: what it finds, a bad and a good example",
		Long: `Explain a check: what it finds, a bad and a good example, how to mend it. Without
an ID, list all checks. The ID is the name in brackets at the end of a problem.`,
		Example:           "  headroom checks target-format\n  headroom checks",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: words(checks.IDs()),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return listChecks(cmd.OutOrStdout(), asJSON)
			case 1:
				return explainCheck(cmd.OutOrStdout(), strings.Trim(args[0], "[]"), asJSON)
			default:
				return usagef("%s explains one check at a time, and %q is a second one", cmd.CommandPath(), args[1])
			}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// checkPage is the form of a page in JSON.
type checkPage struct {
	ID       string `json:"id"`
	Summary  string `json:"summary"`
	Markdown string `json:"markdown,omitempty"`
}

func listChecks(w io.Writer, asJSON bool) error {
	ids := checks.IDs()
	list := make([]checkPage, 0, len(ids))
	width := 0
	for _, id := range ids {
		page, _ := checks.Page(id)
		list = append(list, checkPage{ID: id, Summary: page.Summary})
		width = max(width, len(id))
	}
	if asJSON {
		return writeJSON(w, list)
	}
	for _, page := range list {
		if _, err := fmt.Fprintf(w, "%-*s  %s\n", width, page.ID, page.Summary); err != nil {
			return fmt.Errorf("write the list of checks: %w", err)
		}
	}
	return nil
}

func explainCheck(w io.Writer, id string, asJSON bool) error {
	page, ok := checks.Page(id)
	if !ok {
		if near, found := strictyaml.Nearest(id, checks.IDs()); found {
			return usagef("check %q is not known: did you mean %s?", id, near)
		}
		return usagef("check %q is not known: headroom checks lists them", id)
	}
	if asJSON {
		return writeJSON(w, checkPage{ID: id, Summary: page.Summary, Markdown: page.Markdown})
	}
	if _, err := io.WriteString(w, page.Markdown); err != nil {
		return fmt.Errorf("write the page of %s: %w", id, err)
	}
	return nil
}
