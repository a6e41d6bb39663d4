package attribution

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
)

// Candidate is a label that bad events may be split by.
type Candidate struct {
	Label  string
	Values int // different ones among the series that were looked at
}

// maxCandidates is how many labels are proposed.
const maxCandidates = 8

// Candidates proposes labels to split the bad events of an objective by, the
// most telling first: those with two or more values among some of its raw
// series, with names that say what was asked for before names that say who
// answered.
func Candidates(ctx context.Context, q budget.Querier, o *slo.Objective, at time.Time) ([]Candidate, error) {
	expr, err := rules.LabelSample(o)
	if err != nil {
		return nil, err
	}
	series, err := q.Instant(ctx, expr, at)
	if err != nil {
		return nil, fmt.Errorf("look for labels of %s: %w", o.ID, err)
	}
	values := map[string]map[string]bool{}
	for _, s := range series {
		for name, value := range s.Labels {
			if values[name] == nil {
				values[name] = map[string]bool{}
			}
			values[name][value] = true
		}
	}
	list := []Candidate{}
	for name, of := range values {
		if len(of) > 1 && name != model.MetricNameLabel && name != model.BucketLabel {
			list = append(list, Candidate{Label: name, Values: len(of)})
		}
	}
	slices.SortFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(rank(a.Label), rank(b.Label)), cmp.Compare(a.Values, b.Values), cmp.Compare(a.Label, b.Label))
	})
	return list[:min(len(list), maxCandidates)], nil
}

// rank puts labels that say what was asked for first, then any other, then
// those that say who answered, then the answer itself, which only repeats that
// it was bad.
func rank(label string) int {
	for i, names := range [][]string{
		{"route", "handler", "path", "endpoint", "http_route", "operation", "method", "grpc_method", "rpc_method", "http_request_method", "tenant", "customer", "client", "topic", "queue"},
		nil,
		{"version", "revision", "region", "zone", "cluster", "node", "instance", "pod", "container"},
		{"code", "status", "status_code", "http_response_status_code", "grpc_code", "result", "outcome", "error"},
	} {
		if slices.Contains(names, label) {
			return i
		}
	}
	return 1
}
