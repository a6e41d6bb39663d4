package event

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Merge joins two reports about one run. It is commutative, associative and
// idempotent, so that reports may come in any order and more than once:
//
//   - finished, outcome, fault and updated are taken together from one of the
//     two: a settled one beats one that is not, then the later update holds,
//     then the earlier end, since a run ends once and a source that touches it
//     later may move the time; at last a fixed order decides;
//   - of queued and started the earlier known time holds;
//   - anything else fills gaps; two texts that differ are decided by their
//     order as texts.
//
// The two have the same key; otherwise that of old is kept.
func Merge(old, report Event) Event {
	merged := old
	last := old
	if compareEnd(report, old) > 0 {
		last = report
	}
	merged.Finished, merged.Outcome, merged.Fault, merged.Updated = last.Finished, last.Outcome, last.Fault, last.Updated
	merged.Queued = earlier(old.Queued, report.Queued)
	merged.Started = earlier(old.Started, report.Started)
	merged.Service = max(old.Service, report.Service)
	merged.Environment = max(old.Environment, report.Environment)
	merged.Branch = max(old.Branch, report.Branch)
	merged.Revision = max(old.Revision, report.Revision)
	merged.Change = max(old.Change, report.Change)
	merged.URL = max(old.URL, report.URL)
	merged.Attributes = union(old.Attributes, report.Attributes)
	return merged
}

// compareEnd orders reports by how much they are to be believed about the end
// of the run. It is 0 only when they say the same.
func compareEnd(a, b Event) int {
	return cmp.Or(
		compareBool(a.Settled(), b.Settled()),
		a.Updated.Compare(b.Updated),
		b.Finished.Compare(a.Finished),
		cmp.Compare(rank(a.Outcome), rank(b.Outcome)),
		strings.Compare(string(a.Outcome), string(b.Outcome)),
		cmp.Compare(blame(a.Fault), blame(b.Fault)),
		strings.Compare(string(a.Fault), string(b.Fault)),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// rank puts a failure before a success: of two reports that nothing else tells
// apart the worse is believed.
func rank(o Outcome) int {
	return slices.Index([]Outcome{Unsettled, Skipped, Cancelled, Success, Failure}, o)
}

// blame puts a named owner before an unknown one.
func blame(f Fault) int {
	switch f {
	case "":
		return 0
	case FaultUnknown:
		return 1
	default:
		return 2
	}
}

// earlier returns the earlier of two times, of which zero is an unknown one.
func earlier(a, b time.Time) time.Time {
	switch {
	case a.IsZero():
		return b
	case b.IsZero() || a.Before(b):
		return a
	default:
		return b
	}
}

func union(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := maps.Clone(a)
	if all == nil {
		all = make(map[string]string, len(b))
	}
	for name, value := range b {
		all[name] = max(all[name], value)
	}
	return all
}
