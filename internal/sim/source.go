package sim

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/value"

	"headroom/budget"
)

// Sink takes the points of one series in order of time.
type Sink interface {
	Append(labels map[string]string, points ...budget.Point) error
}

// Source hands the scraped samples of a service to one sink, step by step. It
// is not safe for concurrent use; a service may have any number of them.
type Source struct {
	service *Service
	next    []int // per series, the next scrape
	absent  []bool
	fed     time.Time
}

// Source returns a source that stands before the first sample.
func (s *Service) Source() *Source {
	src := &Source{service: s, next: make([]int, len(s.series)), absent: make([]bool, len(s.series))}
	for i := range src.absent {
		src.absent[i] = true
	}
	return src
}

// Fed returns the time up to which samples were handed over.
func (src *Source) Fed() time.Time { return src.fed }

// Feed appends the samples that were scraped after those of the last call, up
// to and including a time. A series that vanishes at a restart ends with a
// staleness marker, as a scrape would write it.
func (src *Source) Feed(sink Sink, until time.Time) error {
	for i := range src.service.series {
		points := src.take(i, until)
		if len(points) == 0 {
			continue
		}
		if err := sink.Append(src.service.series[i].labels, points...); err != nil {
			return fmt.Errorf("feed simulated series up to %v: %w", until, err)
		}
	}
	src.fed = until
	return nil
}

func (src *Source) take(i int, until time.Time) []budget.Point {
	s := &src.service.series[i]
	begin := src.service.options.Start.Add(s.phase)
	var points []budget.Point
	for ; src.next[i] < len(s.values); src.next[i]++ {
		at := begin.Add(time.Duration(src.next[i]) * src.service.options.Scrape)
		if at.After(until) {
			break
		}
		v := s.values[src.next[i]]
		absent := math.IsNaN(v)
		if absent && !src.absent[i] {
			v = math.Float64frombits(value.StaleNaN)
		}
		if !absent || !src.absent[i] {
			points = append(points, budget.Point{T: at.UnixMilli(), V: v})
		}
		src.absent[i] = absent
	}
	return points
}
