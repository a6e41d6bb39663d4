package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/client"
	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/forecast"
	"headroom/slo"
)

func newForecast() *cobra.Command {
	var (
		text     string
		lookback time.Duration
	)
	return question[[]v1.Forecast]{
		use:   "forecast SLO",
		short: "Say when an error budget is used up, or back",
		long: `Say when the error budget of an objective is used up, or when it is back, if
events go on to come and to fail as in a lookback. What leaves the window is
known; the lookback is a guess, of a day for a window of 28 days unless another
one is asked for. The times in parentheses hold with 90%, if failures come one by
one; failures in bursts are less sure.`,
		example: "  headroom forecast checkout/availability\n  headroom forecast checkout/availability --lookback 1h\n  headroom forecast checkout/availability --json | jq '.[].exhausted.at'",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&text, "lookback", "", "`TIME` whose pace goes on, such as 1h, 6h or 7d (default: a 28th of the window)")
		},
		check: func() (err error) {
			if text == "" {
				return nil
			}
			if lookback, err = slo.ParseDuration(text); err != nil || lookback <= 0 {
				return usagef("--lookback %q is not a time such as 1h or 7d", text)
			}
			return nil
		},
		ask: func(ctx context.Context, service *client.Client, id slo.ID) ([]v1.Forecast, error) {
			return service.Forecasts(ctx, id, lookback)
		},
		write: writeForecasts,
	}.command()
}

func writeForecasts(w io.Writer, all []v1.Forecast) error {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(inGroup(f.Group))
		writeForecast(&b, f)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the forecast: %w", err)
	}
	return nil
}

func writeForecast(b *strings.Builder, f v1.Forecast) {
	if f.Outcome == forecast.Unknown {
		fmt.Fprintf(b, "Not known. %s\n", printable(f.Reason))
		return
	}
	fmt.Fprintf(b, "%-12s%s of the budget, at %s\n", "Left", figure.Remaining(f.Remaining), minute(f.At))
	fmt.Fprintf(b, "%-12sburn %s over the last %s (%s of %s events)\n", "Pace", figure.Burn(f.Burn), f.Lookback, figure.Count(&f.Bad), figure.Count(&f.Total))
	for _, line := range []struct {
		name     string
		crossing *v1.Crossing
	}{{"Used up", f.Exhausted}, {"Back", f.Recovered}, {"Over 25%", f.Ample}} {
		if line.crossing != nil {
			fmt.Fprintf(b, "%-12s%s\n", line.name, crossing(*line.crossing, f.At))
		}
	}
	fmt.Fprintf(b, "%-12s%s left, when this pace lasts for a whole window\n", "Settles at", figure.Remaining(f.Settles))
}

// crossing says when, with the interval that it is in.
func crossing(c v1.Crossing, now time.Time) string {
	when := func(at *time.Time) string {
		if at == nil {
			return "never"
		}
		return minute(*at)
	}
	text := when(c.At)
	if c.At != nil {
		text += ", in " + roughly(c.At.Sub(now))
	} else {
		text += " at this pace"
	}
	if when(c.Earliest) == when(c.Latest) {
		return text
	}
	return fmt.Sprintf("%s (%s to %s)", text, when(c.Earliest), when(c.Latest))
}

// roughly writes a duration in its largest unit and the next.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	default:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
}
