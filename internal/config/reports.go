package config

import (
	"fmt"
	"net/url"
	"regexp"
	"time"

	"headroom/internal/schedule"
	"headroom/internal/strictyaml"
)

// Report is a regular report that is posted to Slack.
type Report struct {
	Schedule *schedule.Schedule // in its time zone
	Period   string             // "last-week" or "last-month", in the same zone
	Channel  string             // gets all objectives; "" for none
	Owners   bool               // each owner's objectives go to the channel that their spec names
}

// Slack is how reports are posted. One of Token and TokenFile is set.
type Slack struct {
	Token     Secret
	TokenFile string   // read for each message
	URL       *url.URL // base of the API; nil is Slack's own
}

// Defaults of a report.
const (
	DefaultReportZone   = "UTC"
	DefaultReportPeriod = "last-week"
)

type reportFile struct {
	Schedule strictyaml.Value[string] `yaml:"schedule,required" example:"schedule: \"0 9 * * MON\""`
	Zone     strictyaml.Value[string] `yaml:"zone"`
	Period   strictyaml.Value[string] `yaml:"period"`
	Channel  strictyaml.Value[string] `yaml:"channel"`
	Owners   strictyaml.Value[bool]   `yaml:"owners"`
}

type slackFile struct {
	Token     strictyaml.Value[Secret]  `yaml:"token"`
	TokenFile strictyaml.Value[string]  `yaml:"token_file"`
	URL       strictyaml.Value[httpURL] `yaml:"url"`
}

func (r *reader) reports(f *file) []Report {
	v := f.Reports
	if len(v.V) > 0 && !f.Slack.IsSet() {
		r.report(v.Key, checkConflict, "reports without slack", "write slack: {token_file: PATH}, the bot token that posts them")
	}
	var reports []Report
	seen := map[string]bool{}
	for _, entry := range v.V {
		report := r.regular(entry)
		name := fmt.Sprint(entry.Schedule.V, report.Period, report.Channel, report.Owners, entry.Zone.V)
		if seen[name] {
			r.report(entry.Schedule.Node, checkConflict, "this report is given twice", "name it once")
		}
		seen[name] = true
		reports = append(reports, report)
	}
	return reports
}

func (r *reader) regular(f reportFile) Report {
	report := Report{
		Period:  r.oneOf(f.Period, "period", DefaultReportPeriod, []string{"last-week", "last-month"}),
		Channel: r.channel(f.Channel), Owners: f.Owners.V,
	}
	zone := time.UTC
	if f.Zone.IsSet() {
		named, err := schedule.Zone(f.Zone.V)
		if err != nil {
			r.report(f.Zone.Node, checkValue, err.Error(), "write a name of the time zone database, such as Europe/Berlin")
		} else {
			zone = named
		}
	}
	due, err := schedule.Parse(f.Schedule.V, zone)
	if err != nil {
		r.report(f.Schedule.Node, checkValue, err.Error(), `write minute, hour, day of the month, month and day of the week, such as "0 9 * * MON"`)
	}
	report.Schedule = due
	if report.Channel == "" && !report.Owners {
		r.report(f.Schedule.Node, checkValue, "the report goes nowhere", `write channel: "#platform", or owners: true to post to the channels that the specs name`)
	}
	return report
}

var channelForm = regexp.MustCompile(`^(#[^\s#<>&@,]{1,80}|[CGD][A-Z0-9]{2,})$`)

func (r *reader) channel(v strictyaml.Value[string]) string {
	if v.IsSet() && !channelForm.MatchString(v.V) {
		r.report(v.Node, checkValue, fmt.Sprintf("%q is not a channel", v.V), `write its name in quotes, "#platform", or its ID, such as C012AB3CD`)
	}
	return v.V
}

func (r *reader) slack(v strictyaml.Value[slackFile]) *Slack {
	if !v.IsSet() {
		return nil
	}
	f := v.V
	switch {
	case f.Token.IsSet() && f.TokenFile.IsSet():
		r.report(f.TokenFile.Key, checkConflict, "token and token_file exclude one another", "keep token_file")
	case !f.Token.IsSet() && !f.TokenFile.IsSet():
		r.report(v.Key, checkValue, "slack has no token", "write token_file: PATH, a file with the bot token that posts")
	}
	return &Slack{Token: f.Token.V, TokenFile: r.existing(f.TokenFile), URL: f.URL.V.url}
}
