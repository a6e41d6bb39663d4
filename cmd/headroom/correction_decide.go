package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/table"
	"headroom/api/v1"
)

// decision shows the effect of a change before it is made.
type decision struct {
	where               serviceFlags
	dryRun, yes, asJSON bool

	service *client.Client
	cmd     *cobra.Command
}

func (d *decision) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	d.where.add(flags)
	flags.BoolVar(&d.dryRun, "dry-run", false, "show the effect and change nothing")
	flags.BoolVar(&d.yes, "yes", false, "do not ask")
	flags.BoolVar(&d.asJSON, "json", false, "print an object instead of text")
}

func (d *decision) open(cmd *cobra.Command) (err error) {
	d.cmd = cmd
	if d.dryRun && d.yes {
		return usagef("--dry-run and --yes exclude one another")
	}
	d.service, err = d.where.client(0)
	return err
}

// decide shows the effect, asks where it may, and makes the change.
func (d *decision) decide(change v1.CorrectionChange, do func() (v1.Correction, error)) error {
	preview, err := d.service.PreviewCorrection(d.cmd.Context(), change)
	if err != nil {
		return explainUnanswered(err)
	}
	out := d.cmd.OutOrStdout()
	switch {
	case d.asJSON && d.dryRun:
		return writeJSON(out, preview)
	case d.asJSON:
		out = d.cmd.ErrOrStderr()
	}
	if err := writeEffect(out, preview, change); err != nil || d.dryRun {
		return err
	}
	if err := d.confirm(); err != nil {
		return err
	}
	done, err := do()
	if err != nil {
		return explainUnanswered(err)
	}
	if d.asJSON {
		return writeJSON(d.cmd.OutOrStdout(), done)
	}
	_, err = fmt.Fprintf(out, "\n%s\n", doneText(done))
	return err
}

// errNotAccepted ends a change that nobody has accepted.
var errNotAccepted = errors.New("nothing was changed: look at the effect above, and accept it with --yes")

// confirm asks at a terminal; elsewhere it takes --yes.
func (d *decision) confirm() error {
	if d.yes {
		return nil
	}
	in, isFile := d.cmd.InOrStdin().(*os.File)
	if !isFile || !table.IsTerminal(in) {
		return errNotAccepted
	}
	fmt.Fprint(d.cmd.ErrOrStderr(), "\nAccept it? [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && answer == "" {
		return errNotAccepted
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errNotAccepted
	}
	return nil
}
