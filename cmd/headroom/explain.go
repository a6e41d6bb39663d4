package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headroom/internal/config"
	"headroom/slo"
)

// explainOptions are what an explanation depends on besides the objective.
type explainOptions struct {
	Target string
	Rate   float64 // events per second, 0 when it was not given
	Series int     // raw series that each selector of the indicator matches

	observed map[slo.ID]float64 // events per second in a metrics store
}

// rateOf returns the events per second of an objective, 0 when they are not
// known, and whether they were measured.
func (o explainOptions) rateOf(objective *slo.Objective) (rate float64, measured bool) {
	if o.Rate > 0 {
		return o.Rate, false
	}
	rate, measured = o.observed[objective.ID]
	return rate, measured
}

func newExplain() *cobra.Command {
	var (
		o      explainOptions
		asJSON bool
		ids    []string
		specs  specFlags
		store  prometheusFlags
	)
	cmd := &cobra.Command{
		Use:   "explain PATH...",
		Short: "Say what spec files mean: defaults, budget, alerts, rules and their cost",
		Long: `Say what spec files mean: every value and where it comes from, the budget, what
is doubtful, the alerts with their thresholds and how long each takes to notice
a burn, the rules and what they cost.

With --rate, or --prometheus to measure it over the last day, the budget is also
said in events: below 20 it is hard to judge, below one it means nothing.

A burn of 1 uses up the budget exactly by the end of the window, a burn of 20 in
a twentieth of it. Detection times hold for a steady burn on a clean history,
apart from the delay of scrapes and evaluations.`,
		Example: "  headroom explain slo.yaml\n  headroom explain services/ --slo default/checkout/availability --rate 120\n  headroom explain slo.yaml --json | jq '.[].alerts.detection'",
		Args:    paths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			result, failed := specs.load(cmd.Context(), cmd.ErrOrStderr(), args)
			chosen, err := choose(result.Objectives(), ids)
			if err != nil {
				return err
			}
			if store.given() {
				if o.observed, err = observe(cmd.Context(), &store, o.Target, chosen); err != nil {
					return err
				}
			}
			explanations := []explanation{}
			for _, objective := range chosen {
				e, err := explain(objective, o)
				if err != nil {
					return err
				}
				explanations = append(explanations, e)
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), explanations)
			} else {
				err = writeExplanations(cmd.OutOrStdout(), explanations)
			}
			if err != nil {
				return err
			}
			return failed
		},
	}
	flags := cmd.Flags()
	specs.register(flags)
	store.register(flags, "to measure how many events there are")
	flags.BoolVar(&asJSON, "json", false, "print an array of objects instead of text")
	flags.StringSliceVar(&ids, "slo", nil, "explain the objective `ID` only: namespace/service/objective, or service/objective; may be given again")
	flags.StringVar(&o.Target, "target", config.DefaultTarget, "`TARGET` that evaluates the rules: "+strings.Join(config.Targets(), ", "))
	flags.Float64Var(&o.Rate, "rate", 0, "`EVENTS` per second that are expected, to say the budget in events")
	flags.IntVar(&o.Series, "series", 10, "`NUMBER` of raw series that each selector of the indicator matches, to estimate what the rules cost")
	_ = cmd.RegisterFlagCompletionFunc("target", words(config.Targets())) // fails for an unknown flag only
	return cmd
}

func (o explainOptions) check() error {
	if !(o.Rate >= 0 && o.Rate <= 1e12) {
		return usagef("--rate %v is out of bounds: write events per second, from 0 to 1e12", o.Rate)
	}
	if o.Series < 1 || o.Series > 1e9 {
		return usagef("--series %d is out of bounds: write a number from 1 to 1e9", o.Series)
	}
	return oneOf("target", o.Target, config.Targets())
}

// choose picks objectives by id; without ids all of them.
func choose(objectives []*slo.Objective, ids []string) ([]*slo.Objective, error) {
	if len(ids) == 0 {
		return objectives, nil
	}
	var chosen []*slo.Objective
	for _, text := range ids {
		id, err := slo.ParseID(text)
		if err != nil {
			return nil, usagef("--slo: %s", err)
		}
		found := false
		for _, o := range objectives {
			if o.ID == id {
				chosen, found = append(chosen, o), true
			}
		}
		if !found {
			return nil, fmt.Errorf("explain %s: no sound objective has this id; those in the given files: %s", id, known(objectives))
		}
	}
	return chosen, nil
}

func known(objectives []*slo.Objective) string {
	const most = 10
	var ids []string
	for i, o := range objectives {
		if i == most {
			ids = append(ids, fmt.Sprintf("and %d more", len(objectives)-most))
			break
		}
		ids = append(ids, o.ID.String())
	}
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
