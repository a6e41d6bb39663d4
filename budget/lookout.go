package budget

import (
	"context"
	"fmt"
	"time"

	"headroom/slo"
)

// readRules asks which spec's rules run in the metrics store.
func (r *Reader) readRules(ctx context.Context, targets []*target, now time.Time) error {
	longest := int64(0)
	for _, t := range targets {
		longest = max(longest, t.grace())
	}
	list, err := r.o.Querier.Instant(ctx, fmt.Sprintf("last_over_time(%s[%dms])", infoName, longest), now)
	if err != nil {
		return err
	}
	type rule struct{ slo, spec string }
	running := make(map[rule]bool, len(list))
	for _, s := range list {
		running[rule{s.Labels["slo"], s.Labels["spec"]}] = true
	}
	r.observe(targets, func(t *target, p *presence) {
		p.rulesAt, p.rules = now.UnixMilli(), running[rule{t.o.ID.String(), t.hash}]
	})
	return nil
}

// observe lets f note what was seen of each target.
func (r *Reader) observe(targets []*target, f func(t *target, p *presence)) {
	l := r.ledger
	l.reading.Lock()
	defer l.reading.Unlock()
	defer l.revision.advance()
	for _, t := range targets {
		if track := l.tracks[t.track]; track != nil {
			f(t, &track.presence)
		}
	}
}

// lookForSeries finds out which groups have raw series. Where tiles come in the
// rules have looked already; only objectives without any recent slice are asked
// for, at most once per resolution.
func (r *Reader) lookForSeries(ctx context.Context, targets []*target, horizon int64) error {
	seen := make(map[*target]map[slo.Group]bool, len(targets))
	var quiet []*target
	for _, t := range targets {
		live := r.live(t, horizon)
		switch {
		case len(live) > 0:
			seen[t] = live
		case !t.failed && horizon-t.cursor.probed >= t.step():
			quiet = append(quiet, t)
		}
	}
	found := make([]map[slo.Group]bool, len(quiet))
	outcome := r.each(len(quiet), func(i int) error {
		var err error
		found[i], err = r.probe(ctx, quiet[i], horizon)
		return err
	})
	var first error
	for i, t := range quiet {
		if outcome[i] == nil {
			seen[t], t.cursor.probed = found[i], horizon
		} else if first == nil {
			first = fmt.Errorf("of %s: %w", t.o.ID, outcome[i])
		}
	}
	r.observe(targets, func(t *target, p *presence) {
		if groups, looked := seen[t]; looked {
			p.probedAt, p.seriesNow = horizon, groups
		}
	})
	return first
}

// live returns the groups with a slice within the grace.
func (r *Reader) live(t *target, horizon int64) map[slo.Group]bool {
	groups := map[slo.Group]bool{}
	r.ledger.view(t.track, func(track *track) {
		for g, s := range track.groups {
			if s.end() > horizon-t.grace() {
				groups[g] = true
			}
		}
	})
	return groups
}

// probe returns the groups that have raw series now.
func (r *Reader) probe(ctx context.Context, t *target, horizon int64) (map[slo.Group]bool, error) {
	_, total := r.o.Raw(t.o, time.Duration(t.grace())*time.Millisecond)
	list, err := r.o.Querier.Instant(ctx, total, instant(horizon))
	if err != nil {
		return nil, err
	}
	groups := make(map[slo.Group]bool, len(list))
	for _, s := range list {
		groups[groupOf(t.o, s.Labels)] = true
	}
	return groups, nil
}
