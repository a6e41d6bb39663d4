// Package reports puts regular reports into the outbox when they are due: once
// for each period, also when the service was down at the time.
package reports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"headroom/alerting/outbox"
	"headroom/budget/correction"
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
	Unsent(ctx context.Context) ([]outbox.Entry, error)
	Withdraw(ctx context.Context, e outbox.Entry) (bool, error)
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

	Corrections func() []correction.Correction // all that were ever declared; nil: there are none
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
	readdress := cron.NewChain(cron.SkipIfStillRunning(log), cron.Recover(log)).Then(cron.FuncJob(func() { r.runReaddress(ctx) }))
	clock.Schedule(cron.Every(catchUp), readdress)
	jobs = append(jobs, readdress)
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

// cronLogger hands on what cron says.
type cronLogger struct{ log *slog.Logger }

func (l cronLogger) Info(message string, pairs ...any) {
	l.log.Debug("cron: "+message, pairs...)
}

func (l cronLogger) Error(err error, message string, pairs ...any) {
	l.log.Error("cron: "+message, append(pairs, "error", err)...)
}
