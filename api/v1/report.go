package v1

import (
	"fmt"
	"net/url"
	"time"

	"headroom/budget/report"
	"headroom/internal/schedule"
)

// ReportQuery asks for a report. Its zero value asks for last week in UTC, of
// all objectives.
type ReportQuery struct {
	Period    string // last-week, last-month or FROM..TO; "" is last-week
	Zone      string // a name such as Europe/Berlin; "" is UTC
	Owner     string
	Namespace string
}

// ParseReportQuery reads the query parameters period, zone, owner and
// namespace. A parameter it does not know is an error: a mistyped one must not
// answer with everything.
func ParseReportQuery(query url.Values) (ReportQuery, error) {
	var q ReportQuery
	fields := map[string]*string{"period": &q.Period, "zone": &q.Zone, "owner": &q.Owner, "namespace": &q.Namespace}
	for name, values := range query {
		field, known := fields[name]
		switch {
		case !known:
			return ReportQuery{}, fmt.Errorf("parameter %q is not known: use period, zone, owner or namespace", name)
		case len(values) > 1:
			return ReportQuery{}, fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
		}
		*field = values[0]
	}
	return q, nil
}

// Query writes the query as ParseReportQuery reads it, without empty parameters.
func (q ReportQuery) Query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"period": q.Period, "zone": q.Zone, "owner": q.Owner, "namespace": q.Namespace} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// Resolve returns the period and the scope that are asked for.
func (q ReportQuery) Resolve(now time.Time) (report.Period, report.Scope, error) {
	zone, name := time.UTC, q.Period
	if q.Zone != "" {
		var err error
		if zone, err = schedule.Zone(q.Zone); err != nil {
			return report.Period{}, report.Scope{}, err
		}
	}
	if name == "" {
		name = report.LastWeek
	}
	period, err := report.ParsePeriod(name, zone, now)
	return period, report.Scope{Owner: q.Owner, Namespace: q.Namespace}, err
}
