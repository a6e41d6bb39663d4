package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"headroom/budget/sqlite"
	"headroom/internal/config"
	"headroom/slo/diag"
)

func newDB() *cobra.Command {
	var flags dbFlags
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Check, back up or export the ledger's database",
		Long: `Check, back up or export the ledger's database. The service may run meanwhile:
these commands read beside it and neither change nor hold up anything.`,
		Args: knownCommand,
		RunE: noCommand,
	}
	cmd.PersistentFlags().StringVar(&flags.config, "config", "", "configuration `FILE` of the service, which says where the data is")
	cmd.PersistentFlags().StringVar(&flags.dataDir, "data-dir", "", "`DIRECTORY` of the data instead (default: "+config.DefaultDataDir+")")
	cmd.AddCommand(newDBCheck(&flags), newDBBackup(&flags), newDBExport(&flags))
	return cmd
}

// dbFlags say which database is meant.
type dbFlags struct{ config, dataDir string }

// inspect opens the database for use, and closes it afterwards.
func (f *dbFlags) inspect(cmd *cobra.Command, use func(ctx context.Context, i *sqlite.Inspector, path string) error) error {
	if f.config != "" && f.dataDir != "" {
		return usagef("--config and --data-dir exclude each other")
	}
	dir := f.dataDir
	if dir == "" {
		dir = config.DefaultDataDir
	}
	if f.config != "" {
		c, problems := config.Load(f.config)
		if err := diag.Write(cmd.ErrOrStderr(), problems); err != nil {
			return fmt.Errorf("print problems: %w", err)
		}
		if diag.HasErrors(problems) {
			return errProblems
		}
		dir = c.DataDir
	}
	path := filepath.Join(dir, "headroom.db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no ledger at %s: name the data directory with --data-dir, or the configuration with --config", path)
	}
	i, err := sqlite.Inspect(cmd.Context(), path)
	if err != nil {
		return err
	}
	return errors.Join(use(cmd.Context(), i, path), i.Close())
}

func newDBCheck(flags *dbFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the ledger's database",
		Long: `Check the ledger's database: the file's structure, what refers to what, and the
checksum, the slices and the sums of every page. What is wrong goes to standard
output, one line for each fault; then the exit code is 1.`,
		Example: "  headroom db check --config headroom.yaml",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.inspect(cmd, func(ctx context.Context, i *sqlite.Inspector, path string) error {
				checked, err := i.Check(ctx)
				if err != nil {
					return err
				}
				for _, fault := range checked.Faults {
					fmt.Fprintln(cmd.OutOrStdout(), fault)
				}
				if n := len(checked.Faults); n > 0 {
					return fmt.Errorf("check %s: faults found: %d; the service reads damaged pages again by itself when it comes upon them, at the latest at its next start; anything else needs a backup", path, n)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is sound: %d series, %d pages, %d slices, %d events\n", path, checked.Series, checked.Pages, checked.Slices, checked.Events)
				return err
			})
		},
	}
}

func newDBBackup(flags *dbFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the ledger's database",
		Long: `Write a whole copy of the ledger's database, as it is at one moment, to a file
that must not be there yet. The copy appears when it is complete, checked and on
disk. To restore it, stop the service, and put the copy in the place of
headroom.db, without headroom.db-wal and headroom.db-shm.`,
		Example: "  headroom db backup --config headroom.yaml /backup/headroom-$(date +%F).db",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%s wants one FILE: where the copy goes", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.inspect(cmd, func(ctx context.Context, i *sqlite.Inspector, path string) error {
				if err := i.Backup(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.ErrOrStderr(), "Backed up %s to %s\n", path, args[0])
				return err
			})
		},
	}
}

func newDBExport(flags *dbFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Write everything in the ledger's database as JSON Lines",
		Long: `Write everything in the ledger's database to standard output, as it is at one
moment: one JSON object for each row of each table, pages of the ledger as their
slices; also who changed what, the table audit, from the first entry that is
kept. Counts of slices are hundredths of an event, times Unix milliseconds.`,
		Example: "  headroom db export --config headroom.yaml | jq 'select(.table == \"corrections\")'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.inspect(cmd, func(ctx context.Context, i *sqlite.Inspector, _ string) error {
				out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
				return errors.Join(i.Export(ctx, out), out.Flush())
			})
		},
	}
}
