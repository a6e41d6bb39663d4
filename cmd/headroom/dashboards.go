package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"headroom/dashboards"
	"headroom/slo"
)

func newDashboards() *cobra.Command {
	var (
		output  string
		options dashboards.Options
		specs   specFlags
	)
	cmd := &cobra.Command{
		Use:   "dashboards PATH...",
		Short: "Draw Grafana dashboards of the objectives in spec files",
		Long: `Draw Grafana dashboards of the objectives in spec files: an overview, and one of
each objective.

A PATH is a spec file of any name, or a directory, which is searched for
slo.yaml and *.slo.yaml. Nothing is written unless every spec is sound. In a
directory, each dashboard is a file of its own, next to the one that tells
Grafana of them; files are replaced at once and only when they change, those of
objectives that are gone are removed, and files that headroom did not write stay
as they are. On standard output, the dashboards are one JSON array.`,
		Example: `  headroom dashboards services/ --output /etc/grafana/provisioning/dashboards
  headroom dashboards slo.yaml --datasource prometheus | jq '.[].title'`,
		Args: paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkURL("external-url", options.ExternalURL); err != nil {
				return err
			}
			if err := checkDirectory(output); err != nil {
				return err
			}
			result, err := specs.load(cmd.Context(), cmd.ErrOrStderr(), args)
			if err != nil {
				return err
			}
			objectives := result.Objectives()
			if output == toStdout {
				return writeDashboards(cmd.OutOrStdout(), objectives, options)
			}
			changes, err := dashboards.WriteDirectory(output, objectives, options)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s of dashboards, %d written, %d unchanged, %d removed\n", output,
				count(len(changes.Written)+len(changes.Unchanged), "file"), len(changes.Written), len(changes.Unchanged), len(changes.Removed))
			return nil
		},
	}
	flags := cmd.Flags()
	specs.register(flags)
	flags.StringVarP(&output, "output", "o", toStdout, "`DIRECTORY` to write, or - for standard output")
	flags.StringVar(&options.Datasource, "datasource", "", "`UID` of the Prometheus data source that is chosen at first (default Grafana's own)")
	flags.StringVar(&options.ExternalURL, "external-url", "", "`URL` of the headroom service, for links")
	flags.StringVar(&options.Folder, "folder", dashboards.DefaultFolder, "`NAME` of the folder in Grafana")
	flags.StringVar(&options.Path, "mounted-at", dashboards.DefaultPath, "`DIRECTORY` at which Grafana finds the files")
	return cmd
}

// checkDirectory demands an output that is, or can become, a directory.
func checkDirectory(output string) error {
	if output == toStdout {
		return nil
	}
	if output == "" {
		return usagef("--output is empty: name a directory, or - for standard output")
	}
	info, err := os.Stat(output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("write dashboards: %w", err)
	case !info.IsDir():
		return usagef("--output %q is a file: dashboards are several files, name a directory", output)
	}
	return nil
}

// writeDashboards writes nothing unless every dashboard can be drawn.
func writeDashboards(w io.Writer, objectives []*slo.Objective, options dashboards.Options) error {
	var list []json.RawMessage
	for d, err := range dashboards.All(objectives, options) {
		if err != nil {
			return err
		}
		list = append(list, d.JSON)
	}
	return writeJSON(w, list)
}
