package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"headroom/api/figure"
	"headroom/api/v1"
)

func newDatasources() *cobra.Command {
	var (
		where  serviceFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "datasources",
		Short: "Show the metrics stores of a running service",
		Long: `Show the metrics stores of a running service: whether the last read succeeded,
how many objectives are read from each, of how many the history is still being
read, and whether the current rules are there.`,
		Example: "  headroom datasources\n  headroom datasources --json | jq '.[] | select(.up != true) | .name'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			service, err := where.client(0)
			if err != nil {
				return err
			}
			all, err := service.Datasources(cmd.Context())
			if err != nil {
				return explainUnanswered(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), all)
			}
			return writeDatasources(cmd.OutOrStdout(), all)
		},
	}
	where.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects instead of a table")
	return cmd
}

func writeDatasources(w io.Writer, all []v1.Datasource) error {
	var rows [][]string
	for _, d := range all {
		up, read := figure.Unknown, figure.Unknown
		if d.Up != nil {
			up = map[bool]string{true: "up", false: "down"}[*d.Up]
		}
		if d.ReadAt != nil {
			read = minute(*d.ReadAt)
		}
		rows = append(rows, []string{d.Name, up, read, strconv.Itoa(d.Objectives), strconv.Itoa(d.HistoryPending), deliveredText(d.Rules), printable(d.URL)})
	}
	if err := writeTable(w, "NAME\tSTATE\tREAD\tOBJECTIVES\tHISTORY PENDING\tRULES\tURL", rows); err != nil {
		return err
	}
	for _, d := range all {
		for _, text := range []string{d.Error, d.Rules.Error} {
			if text == "" {
				continue
			}
			if _, err := fmt.Fprintf(w, "%s: %s\n", d.Name, printable(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

func deliveredText(r v1.DatasourceRules) string {
	switch {
	case r.By == "none":
		return "by others"
	case r.Delivered:
		return "delivered"
	default:
		return "not delivered"
	}
}
