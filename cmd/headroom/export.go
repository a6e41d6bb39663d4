package main

import (
	"bufio"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/v1"
)

// exportFlags say what is exported, and in which form.
type exportFlags struct {
	where     serviceFlags
	filter    v1.Filter
	format    string
	when      spanFlags // of slices
	corrected bool      // of slices
	at        string    // of balances
}

func newExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write slices or balances as CSV or JSON Lines",
		Long: `Write the slices or the balances of all objectives, or of some, to standard
output: as CSV that spreadsheets can open without computing what is text, or as
JSON Lines. They are written as they come, however many there are.`,
		Args: knownCommand,
		RunE: noCommand,
	}
	cmd.AddCommand(newExportSlices(), newExportBalances())
	return cmd
}

func newExportSlices() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:     "slices",
		Short:   "Write slices as CSV or JSON Lines",
		Long:    "Write the slices of all objectives that match, by objective, group and time.\nWithout a time it is the window of each.",
		Example: "  headroom export slices --owner team-payments --last 7d > slices.csv\n  headroom export slices --service checkout --format jsonl | jq .bad",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			span, err := f.when.span(time.Now())
			if err != nil {
				return err
			}
			return f.export(cmd, "slices", v1.PastQuery{From: span.From, To: span.To, Corrected: f.corrected}.Query())
		},
	}
	f.add(cmd)
	f.when.add(cmd)
	cmd.Flags().BoolVar(&f.corrected, "corrected", false, "leave out what corrections exclude")
	return cmd
}

func newExportBalances() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:     "balances",
		Short:   "Write balances as CSV or JSON Lines",
		Long:    "Write the balances of all objectives that match, one line for each group: as\ncorrected, and raw beside it.",
		Example: "  headroom export balances > balances.csv\n  headroom export balances --at 2026-11-20 --format jsonl",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{}
			if f.at != "" {
				query.Set("at", f.at)
			}
			return f.export(cmd, "balances", query)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.at, "at", "", "`TIME` at which the windows end, by what is known today (default: now)")
	return cmd
}

func exportFormats() []string { return []string{"csv", "jsonl"} }

func (f *exportFlags) add(cmd *cobra.Command) {
	f.where.add(cmd.Flags())
	addFilter(cmd, &f.filter)
	cmd.Flags().StringVar(&f.format, "format", "csv", "`FORMAT`: "+strings.Join(exportFormats(), " or "))
	_ = cmd.RegisterFlagCompletionFunc("format", words(exportFormats())) // fails for an unknown flag only
}

func (f *exportFlags) export(cmd *cobra.Command, what string, query url.Values) error {
	if err := errors.Join(oneOf("format", f.format, exportFormats()), checkFilter(f.filter)); err != nil {
		return err
	}
	service, err := f.where.client(0)
	if err != nil {
		return err
	}
	for name, values := range f.filter.Query() {
		query[name] = values
	}
	query.Set("format", f.format)
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
	if err := service.Export(cmd.Context(), what, query, out); err != nil {
		return errors.Join(explainUnanswered(err), out.Flush())
	}
	return out.Flush()
}
