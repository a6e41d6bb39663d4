package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// Indicator says how events are counted. It is one of Ratio, Latency, Gauge
// and Events; the set is closed.
type Indicator interface {
	// Kind is the indicator's key in the spec: "ratio", "latency", "gauge",
	// "events".
	Kind() string
	// Canonical is a text that is equal for two indicators exactly when they
	// count the same events.
	Canonical() string
}

var (
	_ Indicator = Ratio{}
	_ Indicator = Latency{}
	_ Indicator = Gauge{}
)

// Ratio counts events from counters: bad of total, or good of total. Exactly
// one of Bad and Good is set.
type Ratio struct {
	Bad, Good Counter
	Total     Counter
}

// Kind returns "ratio".
func (Ratio) Kind() string { return "ratio" }

// Canonical returns the two expressions with their roles.
func (r Ratio) Canonical() string {
	if r.Good.IsZero() {
		return "ratio bad " + r.Bad.String() + " total " + r.Total.String()
	}
	return "ratio good " + r.Good.String() + " total " + r.Total.String()
}

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

// Gauge counts the samples of a boolean gauge as events: 1 is good, 0 is bad.
type Gauge struct {
	Selector Counter
}

// Kind returns "gauge".
func (Gauge) Kind() string { return "gauge" }

// Canonical returns the selector.
func (g Gauge) Canonical() string { return "gauge " + g.Selector.String() }

// indicatorHash returns the first 8 hex digits of the SHA-256 of what decides
// which events are counted and how they are split.
func indicatorHash(in Indicator, groupBy []string) string {
	sum := sha256.Sum256([]byte(in.Canonical() + " by " + strings.Join(groupBy, ",")))
	return hex.EncodeToString(sum[:4])
}
