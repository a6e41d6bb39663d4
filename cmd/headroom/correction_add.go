package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/v1"
	"headroom/budget/correction"
)

// correctionFlags describe a correction.
type correctionFlags struct {
	draft      v1.CorrectionDraft
	bad, total float64
}

func newCorrectionAdd() *cobra.Command {
	var (
		d     decision
		flags correctionFlags
	)
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Declare a correction, its effect shown before",
		Long: `Declare a correction. What it would change is shown before: for each objective
what is left of its error budget, from → to, and which policies would hold or
free its releases. --dry-run ends there; otherwise it is asked whether to accept
that, and --yes accepts it at once.

Times have an offset, or are those of the clocks in --zone, or count from now:
now, -90m, +2h. Where a policy asks for a second person, the correction is
pending until somebody else approves it. One that is declared ahead silences the
alerts of its objectives, where the service knows an Alertmanager.`,
		Example: `  headroom correction add --service checkout --category load-test --reason 'Load test before the sale.' --from now --to +2h --yes
  headroom correction add --namespace platform --category planned-maintenance --reason 'Restart of the nodes.' --from 2026-11-22T01:00 --to 2026-11-22T05:00 --zone Europe/Berlin --repeat 'FREQ=WEEKLY;BYDAY=SU' --dry-run
  headroom correction add --kind adjust --id checkout/availability --category wrong-data --reason 'A proxy counted twice.' --from 2026-11-02T08:00 --to 2026-11-02T12:00 --zone Europe/Berlin --bad -120 --total -48000`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			draft, err := flags.resolve(cmd, time.Now())
			if err != nil {
				return err
			}
			if err := d.open(cmd); err != nil {
				return err
			}
			return d.decide(v1.CorrectionChange{Add: &draft}, func() (v1.Correction, error) {
				return d.service.AddCorrection(cmd.Context(), draft)
			})
		},
	}
	d.add(cmd)
	flags.add(cmd)
	return cmd
}

func (f *correctionFlags) add(cmd *cobra.Command) {
	flags, d := cmd.Flags(), &f.draft
	flags.StringVar(&d.Kind, "kind", string(correction.Exclude), "`KIND`: exclude (the time counts as if it had never been) or adjust (events are added or taken away)")
	flags.StringVar(&d.Category, "category", "", "`CATEGORY`: planned-maintenance, load-test, out-of-scope or wrong-data")
	flags.StringVar(&d.Reason, "reason", "", "`SENTENCE` that says why it does not count")
	flags.StringSliceVar(&d.Objectives.IDs, "id", nil, "`ID` of an objective: service/objective; may be given several times")
	flags.StringSliceVar(&d.Objectives.Services, "service", nil, "`SERVICE` whose objectives are meant; may be given several times")
	flags.StringSliceVar(&d.Objectives.Namespaces, "namespace", nil, "`NAMESPACE` whose objectives are meant, '*' for all; may be given several times")
	flags.StringSliceVar(&d.Objectives.Owners, "owner", nil, "`OWNER` whose objectives are meant; may be given several times")
	flags.StringToStringVar(&d.Objectives.Labels, "label", nil, "`NAME=VALUE` of a label that the objectives have; may be given several times")
	flags.StringToStringVar(&d.Group, "group", nil, "`NAME=VALUE` of the group that an adjustment is about; may be given several times")
	flags.StringVar(&d.From, "from", "", "`TIME` of the beginning, of what repeats that of the first occurrence")
	flags.StringVar(&d.To, "to", "", "`TIME` of the end, of what repeats that of the first occurrence")
	flags.StringVar(&d.Zone, "zone", "", "time `ZONE`, such as Europe/Berlin")
	flags.StringVar(&d.Repeat, "repeat", "", "`RULE` of RFC 5545 by which it comes again, such as FREQ=WEEKLY;BYDAY=SU")
	flags.Float64Var(&f.bad, "bad", 0, "bad `EVENTS` that an adjustment adds, below 0 takes away")
	flags.Float64Var(&f.total, "total", 0, "`EVENTS` that an adjustment adds, the bad ones included; below 0 takes away")
	for flag, list := range map[string][]string{
		"kind":     {string(correction.Exclude), string(correction.Adjust)},
		"category": {string(correction.Maintenance), string(correction.LoadTest), string(correction.OutOfScope), string(correction.WrongData)},
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, words(list)) // fails for an unknown flag only
	}
}

// resolve checks what can be checked here, so that a mistake is a mistake of
// the command line, and gives the draft that is sent.
func (f *correctionFlags) resolve(cmd *cobra.Command, now time.Time) (v1.CorrectionDraft, error) {
	d := f.draft
	var err error
	if d.From, err = fromNow(d.From, now); err != nil {
		return d, usagef("--from: %s", err)
	}
	if d.To, err = fromNow(d.To, now); err != nil {
		return d, usagef("--to: %s", err)
	}
	if cmd.Flags().Changed("bad") || cmd.Flags().Changed("total") {
		d.Adjust = &correction.Amount{Bad: f.bad, Total: f.total}
	}
	if _, err := d.Terms(); err != nil {
		return d, usagef("%s", err)
	}
	return d, nil
}

// fromNow reads now and durations from now; everything else stays as it is.
func fromNow(text string, now time.Time) (string, error) {
	now = now.UTC().Truncate(time.Second)
	if text == "now" {
		return now.Format(time.RFC3339), nil
	}
	if !strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "-") {
		return text, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return "", fmt.Errorf("%q is no time from now: write one such as -90m or +2h", text)
	}
	return now.Add(d).Format(time.RFC3339), nil
}
