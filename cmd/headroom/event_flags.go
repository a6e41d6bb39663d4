package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/slo"
	"headroom/slo/event"
)

// eventFlags describe one platform event.
type eventFlags struct {
	event   event.Event
	kind    string
	service string

	outcome, fault            string
	queued, started, finished string
	attributes                map[string]string
}

// addCommon adds what both headroom exec and headroom event send are told.
func (f *eventFlags) addCommon(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", string(event.Pipeline), "`KIND` of run: "+join(event.Kinds()))
	flags.StringVar(&f.event.Subject, "subject", "", "`NAME` of what runs, the same from run to run (default: the service)")
	flags.StringVar(&f.service, "service", "", "`SERVICE` that it runs for: name, or namespace/name")
	flags.StringVar(&f.event.Run, "run", "", "`ID` of the run, such as that of the CI system")
	flags.IntVar(&f.event.Attempt, "attempt", 1, "`NUMBER` of the attempt of this run")
	flags.StringVar(&f.event.Environment, "environment", "", "`ENVIRONMENT` that is changed, such as production")
	flags.StringVar(&f.event.Branch, "branch", "", "`BRANCH` that it runs on")
	flags.StringVar(&f.event.Revision, "revision", "", "`REVISION` that it runs on")
	flags.StringVar(&f.event.Change, "change", "", "`KIND` of change: feature, fix, security, rollback")
	flags.StringVar(&f.event.URL, "link", "", "`URL` of the run, for people")
	_ = cmd.RegisterFlagCompletionFunc("kind", words(texts(event.Kinds()))) // fails for an unknown flag only
}

func (f *eventFlags) addExec(cmd *cobra.Command) {
	f.addCommon(cmd)
	cmd.Flags().Lookup("run").Usage += " (default: a random one)"
}

func (f *eventFlags) addSend(cmd *cobra.Command) {
	f.addCommon(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.event.Source, "source", "", "`NAME` of who reports, such as ci")
	flags.StringVar(&f.outcome, "outcome", "", "`OUTCOME`: "+join(event.Outcomes())+"; none while it runs")
	flags.StringVar(&f.fault, "fault", "", "`OWNER` of a failure: "+join(event.Faults()))
	flags.StringVar(&f.queued, "queued", "", "`TIME` when it was queued, such as 2026-11-23T14:30:05Z")
	flags.StringVar(&f.started, "started", "", "`TIME` when it began")
	flags.StringVar(&f.finished, "finished", "", "`TIME` when it ended (default, with an outcome: now)")
	flags.StringToStringVar(&f.attributes, "attribute", nil, "further `NAME=VALUE`; may be given again")
	_ = cmd.RegisterFlagCompletionFunc("outcome", words(texts(event.Outcomes()))) // fails for an unknown flag only
	_ = cmd.RegisterFlagCompletionFunc("fault", words(texts(event.Faults())))     // fails for an unknown flag only
}

// begin is a run that begins now.
func (f *eventFlags) begin(source string, now time.Time) (event.Event, error) {
	e := f.event
	e.Source, e.Started = source, now.UTC()
	if e.Run == "" {
		e.Run = randomRun()
	}
	return f.complete(e)
}

// reported is what headroom event send is told.
func (f *eventFlags) reported(now time.Time) (event.Event, error) {
	e := f.event
	e.Outcome, e.Fault, e.Attributes = event.Outcome(f.outcome), event.Fault(f.fault), f.attributes
	for _, t := range []struct {
		flag, text string
		into       *time.Time
	}{{"queued", f.queued, &e.Queued}, {"started", f.started, &e.Started}, {"finished", f.finished, &e.Finished}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			return e, usagef("--%s %q is no time: write it as %s", t.flag, t.text, now.UTC().Format(time.RFC3339))
		}
		*t.into = at.UTC()
	}
	if e.Settled() && e.Finished.IsZero() {
		e.Finished = now.UTC()
	}
	return f.complete(e)
}

// complete fills in service and subject, and checks the event.
func (f *eventFlags) complete(e event.Event) (event.Event, error) {
	if err := oneOf("kind", f.kind, texts(event.Kinds())); err != nil {
		return e, err
	}
	e.Kind = event.Kind(f.kind)
	if f.service != "" {
		namespace, name, err := slo.ParseService(f.service)
		if err != nil {
			return e, usagef("--service: %s", err)
		}
		e.Service = namespace + "/" + name
	}
	if e.Subject == "" {
		e.Subject = e.Service
	}
	if e.Subject == "" {
		return e, usagef("say what runs: --service, or --subject with a name that is the same from run to run")
	}
	if err := e.Validate(); err != nil {
		return e, usagef("%s", flatten(err))
	}
	return e, nil
}

// flatten writes the faults of an event on one line.
func flatten(err error) string {
	text := strings.TrimPrefix(err.Error(), event.ErrInvalid.Error()+": ")
	return strings.ReplaceAll(text, "\n", "; ")
}

func join[T ~string](values []T) string { return strings.Join(texts(values), ", ") }

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// describe is how a command names what it reported.
func describe(n int) string { return fmt.Sprintf("recorded %s", count(n, "event")) }
