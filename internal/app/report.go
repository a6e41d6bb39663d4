package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"headroom/alerting/outbox"
	"headroom/alerting/reports"
	"headroom/alerting/slack"
	"headroom/budget/correction"
	"headroom/budget/report"
	"headroom/budget/sqlite"
	"headroom/slo/diag"
)

// Checks of what can be wrong with reports.
const (
	checkReport  = "report-not-made"
	checkMessage = "message-not-delivered"
)

// reporting makes regular reports and posts them.
type reporting struct {
	store   *sqlite.Outbox
	outbox  *outbox.Outbox   // nil without Slack
	regular *reports.Reports // nil without Slack
}

func (a *App) newReporting(store *sqlite.Outbox) (*reporting, error) {
	r := &reporting{store: store}
	c := a.Config.Slack
	if c == nil {
		return r, nil
	}
	o := slack.Options{Token: c.Token, TokenFile: c.TokenFile}
	if c.URL != nil {
		o.URL = c.URL.String()
	}
	poster, err := slack.New(o)
	if err != nil {
		return nil, err
	}
	if r.outbox, err = outbox.New(outbox.Options{Store: store, Sender: poster, Logger: a.Logger, Now: a.Now}); err != nil {
		return nil, err
	}
	regular := make([]reports.Report, len(a.Config.Reports))
	for i, c := range a.Config.Reports {
		regular[i] = reports.Report{Schedule: c.Schedule, Period: c.Period, Channel: c.Channel, Owners: c.Owners}
	}
	r.regular, err = reports.New(reports.Options{
		Reports: regular, Ledger: a.ledger, Outbox: r.outbox, Marks: store,
		Ready: func() bool { return a.ready() == nil && a.reader.hasRead() },
		URL:   a.externalURL(), Now: a.Now, Logger: a.Logger,
		Corrections: func() []correction.Correction { return a.correct.List() },
	})
	return r, err
}

// report makes the report of a period for whoever asks.
func (a *App) report(p report.Period, scope report.Scope) (report.Report, error) {
	return report.Build(report.Options{Ledger: a.ledger, Period: p, Now: a.Now(), Scope: scope, URL: a.externalURL(), Corrections: a.correct.List})
}

// follow makes and posts reports until the context ends.
func (r *reporting) follow(ctx context.Context) error {
	if r.outbox == nil {
		return nil
	}
	var group errgroup.Group
	group.Go(func() error { return r.outbox.Run(ctx) })
	group.Go(func() error { return r.regular.Run(ctx) })
	return group.Wait()
}

// problems are reports that could not be made and messages that could not be
// delivered yet.
func (r *reporting) problems() []diag.Problem {
	var problems []diag.Problem
	if r.regular != nil {
		for _, err := range r.regular.Errors() {
			problems = append(problems, problem(checkReport, err, "headroom tries again by itself, every minute"))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	unsent, err := r.store.Unsent(ctx)
	if err != nil {
		return append(problems, problem(checkReport, err, "see to the data directory"))
	}
	for _, e := range unsent {
		if p, found := r.undelivered(e); found {
			problems = append(problems, p)
		}
	}
	return problems
}

func (r *reporting) undelivered(e outbox.Entry) (diag.Problem, bool) {
	what := fmt.Sprintf("the message to %s (%s) is not delivered", e.Channel, e.Title)
	switch {
	case r.outbox == nil:
		return problem(checkMessage, errors.New(what+": Slack is not configured"), "configure slack; the message is kept until then"), true
	case e.State == outbox.Failed:
		return problem(checkMessage, fmt.Errorf("%s: %s", what, e.LastError), "the message is kept, and tried again every hour and at each start; once its channel is no longer named, it is withdrawn, and the report of the current period goes to the new channel"), true
	case e.LastError != "":
		p := problem(checkMessage, fmt.Errorf("%s after %d tries: %s", what, e.Attempts, e.LastError), "headroom tries again by itself, at "+e.NextTry.Format(time.RFC3339))
		p.Severity = diag.Warning
		return p, true
	default:
		return diag.Problem{}, false
	}
}
