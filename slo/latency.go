package slo

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

var _ Indicator = Latency{}

// Latency counts the observations of a classic histogram; those at or under a
// threshold that is one of its buckets are good.
type Latency struct {
	Histogram string            // metric name without _bucket
	Where     []*labels.Matcher // may be empty
	Under     time.Duration
	Unit      time.Duration // of the histogram's le: time.Second or time.Millisecond
}

// Kind returns "latency".
func (Latency) Kind() string { return "latency" }

// Canonical returns the bucket selector and the count selector.
func (l Latency) Canonical() string {
	return "latency good " + l.Good().String() + " total " + l.Total().String()
}

// Bound returns the threshold in the histogram's unit, as a decimal: "0.3".
func (l Latency) Bound() string {
	return strconv.FormatFloat(float64(l.Under)/float64(l.Unit), 'f', -1, 64)
}

// Good selects the observations at or under the threshold. The label le of a
// whole number is matched as Prometheus 2 ("1") and 3 ("1.0") write it, and in
// the notation that the client libraries choose from a million on ("1e+06").
func (l Latency) Good() Counter {
	bound := l.Bound()
	le := labels.MustNewMatcher(labels.MatchEqual, "le", bound)
	if !strings.Contains(bound, ".") {
		pattern := bound + `|` + bound + `\.0`
		if short := strconv.FormatFloat(float64(l.Under)/float64(l.Unit), 'g', -1, 64); short != bound {
			pattern += `|` + regexp.QuoteMeta(short)
		}
		le = labels.MustNewMatcher(labels.MatchRegexp, "le", pattern)
	}
	return NewSelector(l.Histogram+"_bucket", append(append([]*labels.Matcher{}, l.Where...), le)...)
}

// Total selects all observations.
func (l Latency) Total() Counter {
	return NewSelector(l.Histogram+"_count", l.Where...)
}

// Parts returns the two selectors and the threshold.
func (l Latency) Parts() []Part {
	return []Part{{RoleGood, l.Good().String()}, {RoleTotal, l.Total().String()}, {RoleUnder, FormatDuration(l.Under)}}
}

// Exprs returns the two selectors.
func (l Latency) Exprs() []parser.Expr { return exprsOf(l.Good(), l.Total()) }

// Notes says which bucket is needed and what fast errors are.
func (l Latency) Notes() []string {
	under := FormatDuration(l.Under)
	return []string{
		fmt.Sprintf("An event is good when it took at most %s: the histogram needs a bucket le=%q.", under, l.Bound()),
		fmt.Sprintf("How it ended does not count: an error within %s is good, unless where leaves errors out.", under),
	}
}
