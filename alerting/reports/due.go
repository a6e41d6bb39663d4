package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/alerting/outbox"
	"headroom/budget/report"
	"headroom/internal/schedule"
)

// catchUp makes the latest report that was due since the last one, if any. A
// report is due for the first time after it was first seen.
func (r *Reports) catchUp(ctx context.Context, regular Report) error {
	if !r.o.Ready() {
		return nil
	}
	now := r.o.Now()
	done, known, err := r.o.Marks.Mark(ctx, regular.name())
	if err != nil {
		return err
	}
	if !known {
		r.o.Logger.Info("a regular report begins", "channel", regular.Channel, "owners", regular.Owners, "first", regular.Schedule.Next(now))
		return r.o.Marks.SetMark(ctx, regular.name(), now)
	}
	due, skipped := latest(regular.Schedule, done, now)
	if due.IsZero() {
		return nil
	}
	period, err := report.ParsePeriod(regular.Period, regular.Schedule.Zone(), due)
	if err != nil {
		return err
	}
	for _, a := range r.addressees(regular) {
		if err := r.enqueue(ctx, period, a, now); err != nil {
			return err
		}
	}
	if err := r.o.Marks.SetMark(ctx, regular.name(), due); err != nil {
		return err
	}
	if skipped > 0 {
		r.o.Logger.Warn("earlier reports were missed and are not made", "schedule", regular.Schedule, "channel", regular.Channel,
			"owners", regular.Owners, "skipped", skipped, "since", done, "made", period.Title())
	}
	return nil
}

// latest returns the latest time in (after, by] that a schedule names, zero
// when there is none, and how many earlier ones there are.
func latest(s *schedule.Schedule, after, by time.Time) (time.Time, int) {
	var last time.Time
	times := 0
	for next := s.Next(after); !next.IsZero() && !next.After(by); next = s.Next(next) {
		last = next
		times++
	}
	return last, max(times-1, 0)
}

// addressee is a channel and what it is told about.
type addressee struct {
	channel string
	scope   report.Scope
}

// addressees returns the channel for all objectives, and each owner's channels.
func (r *Reports) addressees(regular Report) []addressee {
	var list []addressee
	if regular.Channel != "" {
		list = append(list, addressee{channel: regular.Channel})
	}
	if !regular.Owners {
		return list
	}
	for _, o := range r.o.Ledger.Objectives() {
		a := addressee{o.Channel, report.Scope{Owner: o.Owner, Channel: o.Channel}}
		if o.Channel != "" && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

func (r *Reports) enqueue(ctx context.Context, period report.Period, a addressee, now time.Time) error {
	built, err := report.Build(report.Options{Ledger: r.o.Ledger, Period: period, Now: now, Scope: a.scope, URL: r.o.URL, Corrections: r.o.Corrections})
	if err != nil {
		return err
	}
	body, err := json.Marshal(report.SlackMessage(built))
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_, err = r.o.Outbox.Enqueue(ctx, outbox.Message{
		Key: key(period, a), Channel: a.channel, Title: "error budgets, " + period.Title(), Body: body,
	})
	return err
}

// keyPrefix begins the keys of regular reports.
const keyPrefix = "report|"

// key names the report of a period to a channel, whoever makes it and when.
func key(p report.Period, a addressee) string {
	return keyPrefix + strings.Join([]string{
		p.Start.UTC().Format(time.RFC3339), p.End.UTC().Format(time.RFC3339), p.Zone, a.channel, a.scope.Owner, a.scope.Channel,
	}, "|")
}
