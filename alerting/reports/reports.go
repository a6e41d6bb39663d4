// Package reports puts regular reports into the outbox when they are due: once
// for each period, also when the service was down at the time.
package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"headroom/alerting/outbox"
	"headroom/budget/report"
	"headroom/internal/schedule"
	"headroom/slo"
)

// Report is a regular report.
type Report struct {
	Schedule *schedule.Schedule
	Period   string // report.LastWeek or report.LastMonth, in the schedule's zone
	Channel  string // gets all objectives; "" for none
	Owners   bool   // each owner's objectives go to the channel that their spec names
}

// name is what the report is remembered by. A change of it begins anew.
func (r Report) name() string {
	return fmt.Sprintf("%s|%s|%s|%s|%t", r.Schedule, r.Schedule.Zone(), r.Period, r.Channel, r.Owners)
}

// Ledger is where reports are read from; *budget.Ledger is one.
type Ledger interface {
	report.Ledger
	Objectives() []*slo.Objective
}

// Outbox takes messages; *outbox.Outbox is one.
type Outbox interface {
	Enqueue(ctx context.Context, m outbox.Message) (bool, error)
}

// Marks remember until when the reports of a name are done.
type Marks interface {
	Mark(ctx context.Context, name string) (time.Time, bool, error)
	SetMark(ctx context.Context, name string, done time.Time) error
}

// Options are what regular reports need. Ledger, Outbox and Marks are required.
type Options struct {
	Reports []Report
	Ledger  Ledger
	Outbox  Outbox
	Marks   Marks
	Ready   func() bool      // whether the ledger is read as far as it can be; nil: it always is
	URL     string           // of the service, for links; may be empty
	Now     func() time.Time // nil is time.Now
	Logger  *slog.Logger     // nil discards
}

// Reports are regular reports at work.
type Reports struct {
	o Options

	mu   sync.Mutex
	errs map[string]error // of the last run, by name
}

// New makes regular reports; Run puts them to work.
func New(o Options) (*Reports, error) {
	if o.Ledger == nil || o.Outbox == nil || o.Marks == nil {
		return nil, errors.New("regular reports: the ledger, the outbox or the marks are missing")
	}
	if o.Ready == nil {
		o.Ready = func() bool { return true }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Reports{o: o, errs: map[string]error{}}, nil
}

const (
	// catchUp is how often it is looked for reports that were missed.
	catchUp = time.Minute
	// readyPoll is how often it is asked at the start whether reports can be made.
	readyPoll = time.Second
)

// Run makes each report when it is due, until the context ends. One that was
// due while the service was down is made as soon as it can be; one that did not
// succeed, within a minute.
func (r *Reports) Run(ctx context.Context) error {
	log := cronLogger{r.o.Logger}
	clock := cron.New(cron.WithLogger(log), cron.WithLocation(time.UTC))
	var jobs []cron.Job
	for _, regular := range r.o.Reports {
		// Recover is the inner one: a panic would leave the outer one believing
		// that the job is still running, for ever.
		job := cron.NewChain(cron.SkipIfStillRunning(log), cron.Recover(log)).Then(cron.FuncJob(func() { r.run(ctx, regular) }))
		clock.Schedule(regular.Schedule, job)
		clock.Schedule(cron.Every(catchUp), job)
		jobs = append(jobs, job)
	}
	r.begin(ctx, jobs)
	clock.Start()
	<-ctx.Done()
	<-clock.Stop().Done()
	return nil
}

// begin makes what was missed as soon as reports can be made.
func (r *Reports) begin(ctx context.Context, jobs []cron.Job) {
	ticker := time.NewTicker(readyPoll)
	defer ticker.Stop()
	for !r.o.Ready() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
	for _, job := range jobs {
		job.Run()
	}
}

// Errors returns what went wrong with reports that are due and not yet in the
// outbox.
func (r *Reports) Errors() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, regular := range r.o.Reports {
		if err := r.errs[regular.name()]; err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (r *Reports) run(ctx context.Context, regular Report) {
	err := r.catchUp(ctx, regular)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		r.o.Logger.Error("make regular report", "schedule", regular.Schedule, "channel", regular.Channel, "error", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs[regular.name()] = err
}

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
	due, found := regular.Schedule.Last(done, now)
	if !found {
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
	return r.o.Marks.SetMark(ctx, regular.name(), due)
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
	built, err := report.Build(report.Options{Ledger: r.o.Ledger, Period: period, Now: now, Scope: a.scope, URL: r.o.URL})
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

// key names the report of a period to a channel, whoever makes it and when.
func key(p report.Period, a addressee) string {
	return strings.Join([]string{
		"report", p.Start.UTC().Format(time.RFC3339), p.End.UTC().Format(time.RFC3339), p.Zone, a.channel, a.scope.Owner, a.scope.Channel,
	}, "|")
}

// cronLogger hands on what cron says.
type cronLogger struct{ log *slog.Logger }

func (l cronLogger) Info(message string, pairs ...any) {
	l.log.Debug("cron: "+message, pairs...)
}

func (l cronLogger) Error(err error, message string, pairs ...any) {
	l.log.Error("cron: "+message, append(pairs, "error", err)...)
}
