package slo

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

var _ Indicator = Latency{}

// Latency counts the observations of a histogram; those at or under a
// threshold are good. A classic histogram counts up to one of its buckets, a
// native one up to any threshold, within the resolution of its buckets.
type Latency struct {
	Histogram string            // metric name; without _bucket, when classic
	Where     []*labels.Matcher // may be empty
	Under     time.Duration
	Unit      time.Duration // of what is observed: time.Second or time.Millisecond
	Native    bool
	// Buckets are the bounds that a classic histogram has, rising; nil when
	// they are not known, and Under is taken to be one.
	Buckets []time.Duration
	// GoodWhere are matchers that an observation must have, too, to be good: a
	// fast error is none. May be empty, and then how a request ended does not
	// matter.
	GoodWhere []*labels.Matcher
}

// Kind returns "latency".
func (Latency) Kind() string { return "latency" }

// Canonical returns the selectors of good and of all observations.
func (l Latency) Canonical() string {
	if l.Native {
		return "latency native good " + l.Good().String() + " under " + l.Bound() + " total " + l.Total().String()
	}
	return "latency good " + l.Good().String() + " total " + l.Total().String()
}

// Threshold returns up to where observations are good: Under, or the next
// lower bucket where Under is none; 0 when every bucket is higher.
func (l Latency) Threshold() time.Duration {
	if l.Native || len(l.Buckets) == 0 {
		return l.Under
	}
	var lower time.Duration
	for _, b := range l.Buckets {
		if b <= l.Under {
			lower = max(lower, b)
		}
	}
	return lower
}

// next returns the lowest bucket above Under, 0 when there is none.
func (l Latency) next() time.Duration {
	var higher time.Duration
	for _, b := range l.Buckets {
		if b > l.Under && (higher == 0 || b < higher) {
			higher = b
		}
	}
	return higher
}

// Bound returns the threshold in the histogram's unit, as a decimal: "0.3".
func (l Latency) Bound() string { return l.decimal(l.Threshold()) }

func (l Latency) decimal(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(l.Unit), 'f', -1, 64)
}

// Good selects the good observations of a classic histogram: those in the
// bucket of the threshold. Of a native one it selects those among which the
// fast ones are good.
func (l Latency) Good() Counter {
	if l.Native {
		return NewSelector(l.Histogram, slices.Concat(l.Where, l.GoodWhere)...)
	}
	return NewSelector(l.Histogram+"_bucket", append(slices.Concat(l.Where, l.GoodWhere), l.le())...)
}

// Fast selects the bucket of the threshold of a classic histogram, with good
// and other observations. Without it good and bad cannot be told apart.
func (l Latency) Fast() Counter {
	return NewSelector(l.Histogram+"_bucket", append(slices.Clone(l.Where), l.le())...)
}

// le matches the threshold's bucket. A whole number is matched as Prometheus 2
// ("1") and 3 ("1.0") write it, and in the notation that the client libraries
// choose from a million on ("1e+06").
func (l Latency) le() *labels.Matcher {
	bound := l.Bound()
	if strings.Contains(bound, ".") {
		return labels.MustNewMatcher(labels.MatchEqual, model.BucketLabel, bound)
	}
	pattern := bound + `|` + bound + `\.0`
	if short := strconv.FormatFloat(float64(l.Threshold())/float64(l.Unit), 'g', -1, 64); short != bound {
		pattern += `|` + regexp.QuoteMeta(short)
	}
	return labels.MustNewMatcher(labels.MatchRegexp, model.BucketLabel, pattern)
}

// Total selects all observations.
func (l Latency) Total() Counter {
	if l.Native {
		return NewSelector(l.Histogram, l.Where...)
	}
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
	under, threshold := FormatDuration(l.Under), l.Threshold()
	var notes []string
	switch {
	case l.Native:
		notes = append(notes, fmt.Sprintf("An event is good when it took at most %s. The histogram is native: within the bucket in which %s lies the share is interpolated.", under, under))
	case threshold == l.Under:
		notes = append(notes, fmt.Sprintf("An event is good when it took at most %s: the histogram needs a bucket le=%q.", under, l.Bound()))
	default:
		notes = append(notes, l.uncertain())
	}
	if len(l.GoodWhere) > 0 {
		notes = append(notes, "A fast error is not good: a good event must match "+MatchersString(l.GoodWhere)+", too.")
	} else {
		notes = append(notes, fmt.Sprintf("How it ended does not count: an error within %s is good, unless good or where leaves errors out.", under))
	}
	return notes
}

// uncertain says what the lack of a bucket at the threshold costs.
func (l Latency) uncertain() string {
	lower := FormatDuration(l.Threshold())
	note := fmt.Sprintf("%s is no bucket of the histogram: an event is good when it took at most %s, the next lower one.", FormatDuration(l.Under), lower)
	if higher := l.next(); higher > 0 {
		note += fmt.Sprintf(" Of those between %s and %s nobody knows which were within %s; all of them count as bad.", lower, FormatDuration(higher), FormatDuration(l.Under))
	}
	return note
}

// BucketLines are the lines of code that give a histogram a bucket at the
// threshold, beside those that it has: of Prometheus's client library for Go,
// and of a view of OpenTelemetry's.
func (l Latency) BucketLines() (prometheus, openTelemetry string) {
	bounds := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(l.Buckets), l.Under))))
	texts := make([]string, len(bounds))
	for i, b := range bounds {
		texts[i] = l.decimal(b)
	}
	list := "[]float64{" + strings.Join(texts, ", ") + "}"
	return "Buckets: " + list, "sdkmetric.AggregationExplicitBucketHistogram{Boundaries: " + list + "}"
}
