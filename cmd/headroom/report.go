package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/v1"
	"headroom/budget/report"
)

// reportForms are the formats of headroom report.
func reportForms() map[string]func(io.Writer, report.Report) error {
	return map[string]func(io.Writer, report.Report) error{
		"markdown": report.WriteMarkdown, "json": report.WriteJSON, "slack": report.WriteSlack,
	}
}

func newReport() *cobra.Command {
	var (
		where  serviceFlags
		query  v1.ReportQuery
		format string
	)
	formats := []string{"markdown", "json", "slack"}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Say what a period did to the error budgets, and what to decide",
		Long: `Say what a period did to the error budgets of a running service: what is over or
soon over and why, what got better, what is not measured, gaps and young
objectives.

A PERIOD is last-week (Monday to Monday), last-month, or FROM..TO with dates
such as 2026-03-02..2026-03-09, where TO is the first day that is no longer in
it, or with times such as 2026-03-02T14:00:00Z. Days begin at midnight in the
time zone. last-week and last-month tell the budgets as they are now, a past
period as they were at its end.

An owner or a namespace without any objective is an error: the name is probably
mistyped.`,
		Example: "  headroom report\n  headroom report --period last-month --owner team-payments\n  headroom report --period 2026-03-02..2026-03-09 --zone Europe/Berlin --format slack",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("format", format, formats); err != nil {
				return err
			}
			if query.Zone == "" {
				return usagef("--zone is empty: name a time zone, such as Europe/Berlin or UTC")
			}
			if query.Period == "" {
				return usagef("--period is empty: use last-week, last-month or FROM..TO")
			}
			if _, _, err := query.Resolve(time.Now()); err != nil {
				return usagef("%s", err)
			}
			service, err := where.client(0)
			if err != nil {
				return err
			}
			r, err := service.Report(cmd.Context(), query)
			if err != nil {
				return explainUnanswered(err)
			}
			if r.Totals.Objectives == 0 && (query.Owner != "" || query.Namespace != "") {
				return nobodyHas(query)
			}
			return reportForms()[format](cmd.OutOrStdout(), r)
		},
	}
	flags := cmd.Flags()
	where.add(flags)
	flags.StringVar(&query.Period, "period", report.LastWeek, "`PERIOD`: last-week, last-month or FROM..TO")
	flags.StringVar(&query.Zone, "zone", "UTC", "time `ZONE` in which days begin, such as Europe/Berlin")
	flags.StringVar(&query.Owner, "owner", "", "tell of one `OWNER` only")
	flags.StringVar(&query.Namespace, "namespace", "", "tell of one `NAMESPACE` only")
	flags.StringVar(&format, "format", "markdown", "`FORMAT` of the report: markdown, json, or slack for Block Kit")
	_ = cmd.RegisterFlagCompletionFunc("format", words(formats)) // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("period", words([]string{report.LastWeek, report.LastMonth}))
	return cmd
}

// nobodyHas says that no objective is of the owner and namespace asked for. A
// report of nothing would look like one of nothing wrong.
func nobodyHas(q v1.ReportQuery) error {
	switch {
	case q.Namespace == "":
		return fmt.Errorf("no objective has the owner %s", q.Owner)
	case q.Owner == "":
		return fmt.Errorf("no objective is in the namespace %s", q.Namespace)
	default:
		return fmt.Errorf("no objective in the namespace %s has the owner %s", q.Namespace, q.Owner)
	}
}
