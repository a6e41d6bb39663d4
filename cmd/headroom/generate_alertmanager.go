package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"headroom/internal/atomicfile"
	"headroom/rules/alertmanager"
)

// routeFlags say who gets which alerts.
type routeFlags struct {
	file      string
	receivers []string
	paging    []string
	base      string
	output    string
	force     bool
}

func newGenerateAlertmanager() *cobra.Command {
	var specs specFlags
	var compile compileFlags
	var flags routeFlags
	cmd := &cobra.Command{
		Use:   "alertmanager PATH...",
		Short: "Write Alertmanager's routes and inhibitions for the alerts of spec files",
		Long: `Write the routes of Alertmanager that bring the alerts of spec files to their
owners by severity, and the rules by which the page of a burn silences the tickets
of the same objective and group. Nothing silences a page.

Receivers are named by severity, for all owners or for one: as
--receiver page=on-call --receiver team-payments/page=payments, or in a file:

  default: {page: on-call, ticket: inbox}
  owners:
    team-payments: {page: payments}

Every severity that alerts have needs a receiver, by the name that plans give it,
and no other has one. Without any, receivers get names of headroom's.

With --base, the routes are put before those of your own configuration, in place
of those that were put there before, and everything else stays; it must have the
receivers. Without it, the result is a configuration whose receivers do nothing
yet. (A directory of specs that is called alertmanager is written ./alertmanager.)`,
		Example: `  headroom generate alertmanager services/ --receivers receivers.yaml --base alertmanager.yml --output alertmanager.yml
  headroom generate alertmanager slo.yaml --receiver page=on-call --receiver ticket=inbox`,
		Args: paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			compiled, err := compile.compiler()
			if err != nil {
				return err
			}
			receivers, err := flags.read()
			if err != nil {
				return err
			}
			result, err := specs.load(cmd.Context(), cmd.ErrOrStderr(), args)
			if err != nil {
				return err
			}
			alerts, err := alertmanager.Find(result.Objectives(), alertmanager.Compile(compiled))
			if err != nil {
				return err
			}
			if len(flags.paging) > 0 {
				if alerts.Paging, err = flags.pagingOf(alerts); err != nil {
					return err
				}
			}
			if err := receivers.Check(alerts); err != nil {
				return fmt.Errorf("route alerts: %w", err)
			}
			warnOfOwners(cmd.ErrOrStderr(), receivers, alerts)
			return flags.write(cmd, alerts, receivers)
		},
	}
	f := cmd.Flags()
	specs.register(f)
	f.StringVar(&flags.file, "receivers", "", "`FILE` that names receivers, in YAML")
	f.StringArrayVar(&flags.receivers, "receiver", nil, "`[OWNER/]SEVERITY=NAME` of a receiver; may be given again")
	f.StringSliceVar(&flags.paging, "paging", nil, "`SEVERITY` that wakes somebody and silences the others; may be given again (default: what the plans call a page)")
	f.StringVar(&flags.base, "base", "", "`FILE` with your own configuration of Alertmanager")
	f.StringVarP(&flags.output, "output", "o", toStdout, "`FILE` to write, or - for standard output")
	f.BoolVar(&flags.force, "force", false, "replace FILE also when headroom did not write it and it is not the one of --base")
	compile.register(f)
	for _, hidden := range []string{"external-url", "query-offset"} {
		_ = f.MarkHidden(hidden) // fails for an unknown flag only
	}
	return cmd
}

// read reads the receivers; flags win over the file.
func (f *routeFlags) read() (alertmanager.Receivers, error) {
	var r alertmanager.Receivers
	if f.output == "" {
		return r, usagef("--output is empty: name a file, or - for standard output")
	}
	if f.file != "" {
		text, err := os.ReadFile(f.file)
		if err != nil {
			return r, fmt.Errorf("read the receivers: %w", err)
		}
		if r, err = alertmanager.ReadReceivers(text); err != nil {
			return r, fmt.Errorf("read the receivers in %s: %w", f.file, err)
		}
	}
	for _, text := range f.receivers {
		if err := r.Set(text); err != nil {
			return r, usagef("--receiver %s", err)
		}
	}
	return r, nil
}

// pagingOf are the given severities, of those that alerts have.
func (f *routeFlags) pagingOf(a alertmanager.Alerts) ([]string, error) {
	for _, severity := range f.paging {
		if !slices.Contains(a.Severities, severity) {
			return nil, usagef("--paging %s: no alert has that severity, but %s", severity, strings.Join(a.Severities, " and "))
		}
	}
	return f.paging, nil
}

// warnOfOwners says whose alerts go where nobody may expect them.
func warnOfOwners(w io.Writer, r alertmanager.Receivers, a alertmanager.Alerts) {
	if unknown := r.Unknown(a); len(unknown) > 0 {
		fmt.Fprintf(w, "warning: no objective is owned by %s\n", strings.Join(unknown, ", "))
	}
	if unmapped := r.Unmapped(a); len(unmapped) > 0 {
		fmt.Fprintf(w, "owners without a receiver of their own: %s\n", strings.Join(unmapped, ", "))
	}
}

func (f *routeFlags) write(cmd *cobra.Command, a alertmanager.Alerts, r alertmanager.Receivers) error {
	text, err := f.text(a, r)
	if err != nil {
		return err
	}
	if err := f.checkReplaced(); err != nil {
		return fmt.Errorf("write routes to %s: %w; put the routes into it with --base, name another --output, or replace the file with --force", f.output, err)
	}
	write := func(w io.Writer) error { _, err := w.Write(text); return err }
	if f.output == toStdout {
		return write(cmd.OutOrStdout())
	}
	changed, err := atomicfile.Write(f.output, write)
	if err != nil {
		return fmt.Errorf("write routes to %s: %w", f.output, err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: routes of %s, %s\n", f.output, count(len(a.Owners), "owner"), changeText(changed))
	return nil
}

func (f *routeFlags) text(a alertmanager.Alerts, r alertmanager.Receivers) ([]byte, error) {
	if f.base == "" {
		return alertmanager.Standalone(a, r)
	}
	base, err := os.ReadFile(f.base)
	if err != nil {
		return nil, fmt.Errorf("read the configuration of Alertmanager: %w", err)
	}
	text, err := alertmanager.Merge(base, a, r)
	if err != nil {
		return nil, fmt.Errorf("add routes to %s: %w", f.base, err)
	}
	if !f.inPlace() && !bytes.HasPrefix(text, []byte(routesHeader)) {
		text = append([]byte(routesHeader+": do not edit, but change "+filepath.Base(f.base)+" and generate it again.\n"), text...)
	}
	return text, nil
}

// routesHeader begins the routes that headroom writes, unless it writes them into
// a file of somebody else.
const routesHeader = "# Generated by headroom"

// inPlace reports whether the routes go into the configuration that they are
// added to.
func (f *routeFlags) inPlace() bool {
	if f.base == "" || f.output == toStdout {
		return false
	}
	base, errBase := os.Stat(f.base)
	output, errOutput := os.Stat(f.output)
	return errBase == nil && errOutput == nil && os.SameFile(base, output)
}

// checkReplaced refuses to replace a configuration of somebody else.
func (f *routeFlags) checkReplaced() error {
	if f.force || f.output == toStdout || f.inPlace() {
		return nil
	}
	if info, err := os.Stat(f.output); err == nil && !info.Mode().IsRegular() {
		return nil // which cannot be replaced, and that is said
	}
	return checkReplaced(f.output, routesHeader)
}
