package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/v1"
	"headroom/slo"
)

// oneObjective demands the id of one objective.
func oneObjective(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("name one objective, as in '%s checkout/availability': 'headroom status' shows them", cmd.CommandPath())
	}
	if _, err := slo.ParseID(args[0]); err != nil {
		return usagef("%s", err)
	}
	return nil
}

// question is a command that asks a service something about one objective.
type question[T any] struct {
	use, short, long, example string
	flags                     func(cmd *cobra.Command)
	check                     func() error // of the flags; may be nil
	ask                       func(ctx context.Context, service *client.Client, id slo.ID) (T, error)
	write                     func(w io.Writer, answer T) error
}

// command builds the command, which prints the answer as text or as JSON.
func (q question[T]) command() *cobra.Command {
	var (
		where  serviceFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: q.use, Short: q.short, Long: q.long, Example: q.example, Args: oneObjective,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := slo.ParseID(args[0])
			if err != nil {
				return usagef("%s", err)
			}
			if q.check != nil {
				if err := q.check(); err != nil {
					return err
				}
			}
			service, err := where.client(2 * time.Minute)
			if err != nil {
				return err
			}
			answer, err := q.ask(cmd.Context(), service, id)
			if err != nil {
				return explainUnanswered(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), answer)
			}
			return q.write(cmd.OutOrStdout(), answer)
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	if q.flags != nil {
		q.flags(cmd)
	}
	return cmd
}

// addSLI adds the flag that names a former indicator.
func addSLI(cmd *cobra.Command, sli *string) {
	cmd.Flags().StringVar(sli, "sli", "", "`HASH` of what was counted formerly, as 'headroom why' names it (default: what is counted now)")
}

// spanFlags say which time is asked about.
type spanFlags struct {
	from, to, last string
}

func (f *spanFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.from, "from", "", "`TIME` or date from which on, such as 2026-03-02T14:00:00Z (default: one window before --to)")
	cmd.Flags().StringVar(&f.to, "to", "", "`TIME` or date up to which (default: now)")
	cmd.Flags().StringVar(&f.last, "last", "", "`TIME` before --to instead of --from, such as 24h or 7d")
}

// span reads the flags; the service fills in what is missing.
func (f *spanFlags) span(now time.Time) (v1.Span, error) {
	var s v1.Span
	for _, one := range []struct {
		flag, text string
		into       *time.Time
	}{{"from", f.from, &s.From}, {"to", f.to, &s.To}} {
		if one.text == "" {
			continue
		}
		at, err := v1.ParseTime(one.text)
		if err != nil {
			return s, usagef("--%s %v", one.flag, err)
		}
		*one.into = at
	}
	if f.last == "" {
		return s, nil
	}
	if f.from != "" {
		return s, usagef("--last and --from exclude each other")
	}
	length, err := slo.ParseDuration(f.last)
	if err != nil || length <= 0 {
		return s, usagef("--last %q is not a time such as 24h or 7d", f.last)
	}
	if s.To.IsZero() {
		s.To = now
	}
	s.From = s.To.Add(-length)
	return s, nil
}

// inGroup heads what is told of one group; it is empty without one.
func inGroup(g slo.Group) string {
	if g.IsZero() {
		return ""
	}
	return printable("{"+g.String()+"}") + "\n"
}

// writeTable writes a table with its cells made printable.
func writeTable(w io.Writer, head string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	for _, row := range rows {
		for i := range row {
			row[i] = strings.ReplaceAll(printable(row[i]), "\t", " ")
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// minute writes a time for people.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }
