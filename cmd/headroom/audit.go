package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/audit"
)

func newAudit() *cobra.Command {
	var (
		where  serviceFlags
		when   spanFlags
		q      v1.AuditQuery
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who changed what, and when",
		Long: `Show who changed what, and when, the latest first: corrections, notes, events
by token, changes that passed a freeze, accepted specs and policies, tokens and
the configuration; done, refused or failed. What is refused, and events, are
counted by the hour. It needs a token.`,
		Example: "  headroom audit\n  headroom audit --subject default/checkout --last 7d\n  headroom audit --actor ci --outcome refused --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkAudit(&q); err != nil {
				return err
			}
			span, err := when.span(time.Now())
			if err != nil {
				return err
			}
			q.From, q.To = span.From, span.To
			service, err := where.client(0)
			if err != nil {
				return err
			}
			entries, err := service.Audit(cmd.Context(), q)
			if err != nil {
				return explainUnanswered(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), entries)
			}
			return writeAudit(cmd.OutOrStdout(), entries)
		},
	}
	flags := cmd.Flags()
	where.add(flags)
	flags.StringVar(&when.from, "from", "", "`TIME` or date from which on, such as 2026-03-02T14:00:00Z (default: all that is kept)")
	flags.StringVar(&when.to, "to", "", "`TIME` or date up to which (default: now)")
	flags.StringVar(&when.last, "last", "", "`TIME` before --to instead of --from, such as 24h or 7d")
	flags.StringVar(&q.Actor, "actor", "", "one `ACTOR` only: the name of a token, 'webhook NAME', files or headroom")
	flags.StringVar((*string)(&q.Action), "action", "", "one `ACTION` only, such as correction.approve")
	flags.StringVar(&q.Subject, "subject", "", "one `SUBJECT` only, whole or its begin, such as default/checkout or 'correction 12'")
	flags.StringVar((*string)(&q.Outcome), "outcome", "", "one `OUTCOME` only: done, refused or failed")
	flags.IntVar(&q.Page.Limit, "limit", v1.DefaultAuditLimit, "`NUMBER` of entries; 0 for all")
	flags.BoolVar(&asJSON, "json", false, "print an array of objects instead of a table")
	_ = cmd.RegisterFlagCompletionFunc("action", words(texts(audit.Actions())))   // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("outcome", words(texts(audit.Outcomes()))) // likewise
	return cmd
}

func checkAudit(q *v1.AuditQuery) error {
	if q.Page.Limit < 0 {
		return usagef("--limit %d: give a number from 0", q.Page.Limit)
	}
	if q.Action != "" {
		if err := oneOf("action", string(q.Action), texts(audit.Actions())); err != nil {
			return err
		}
	}
	if q.Outcome != "" {
		return oneOf("outcome", string(q.Outcome), texts(audit.Outcomes()))
	}
	return nil
}

func writeAudit(w io.Writer, entries []v1.AuditEntry) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(w, "Nothing was changed.")
		return err
	}
	var rows [][]string
	for _, e := range entries {
		actor := e.Actor
		if actor == "" {
			actor = figure.Unknown
		}
		what := string(e.Action)
		if e.Count > 1 {
			what += fmt.Sprintf(" ×%d", e.Count)
		}
		details := strings.Join(strings.Fields(printable(e.Details)), " ")
		rows = append(rows, []string{minute(e.At), printable(actor), what, string(e.Outcome), printable(e.Subject), details})
	}
	return writeTable(w, "AT\tWHO\tWHAT\tOUTCOME\tSUBJECT\tDETAILS", rows)
}
