package trial

import (
	"maps"
	"slices"
	"time"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
)

// writeHistory writes the tiles of the time before the rules run, as the rules
// would have recorded them.
func (t *trial) writeHistory(groups []rules.Group) error {
	for _, g := range t.c.Groups {
		bad, total := t.historyTiles(g)
		if len(total) == 0 {
			continue
		}
		for metric, points := range map[string][]budget.Point{rules.MetricBadTile: bad, rules.MetricTotalTile: total} {
			labels := g.Labels()
			maps.Copy(labels, recordedLabels(groups, metric))
			labels["__name__"] = metric
			if err := t.lab.Append(labels, points...); err != nil {
				return err
			}
		}
	}
	return nil
}

// historyTiles counts the events of each step of the history. The first tile is
// an empty one that the ledger knows the next by, since it takes no tile
// without one before it.
func (t *trial) historyTiles(g slo.Group) (bad, total []budget.Point) {
	step := t.c.Objective.Resolution
	from, to := t.historySpan()
	if to <= from || len(t.c.Phases[g]) == 0 {
		return nil, nil
	}
	counts := newCounts(t.c, g)
	last := counts.until(from)
	at := Start().Add(from).UnixMilli()
	bad, total = append(bad, budget.Point{T: at}), append(total, budget.Point{T: at})
	for end := from + step; end <= to; end += step {
		now := counts.until(end)
		if !counts.flow.phase(end).Missing {
			at := Start().Add(end).UnixMilli()
			bad = append(bad, budget.Point{T: at, V: now.Bad - last.Bad})
			total = append(total, budget.Point{T: at, V: now.Total - last.Total})
		}
		last = now
	}
	return bad, total
}

// historySpan is where the tiles of the history begin and end: no earlier than
// anybody looks.
func (t *trial) historySpan() (from, to time.Duration) {
	step := t.c.Objective.Resolution
	tiles := min(t.warm.tiles, t.c.Before)
	from = max(-t.c.Before, -longest(t.warm.groups)-t.c.Objective.Window.Rolling-2*step)
	return roundUp(from, step), roundUp(-tiles, step)
}

// recordedLabels are the labels that a recording rule adds.
func recordedLabels(groups []rules.Group, metric string) map[string]string {
	labels := map[string]string{}
	for _, g := range groups {
		i := slices.IndexFunc(g.Rules, func(r rules.Rule) bool { return r.Record == metric })
		if i < 0 {
			continue
		}
		for _, l := range g.Rules[i].Labels {
			labels[l.Name] = l.Value
		}
	}
	return labels
}
