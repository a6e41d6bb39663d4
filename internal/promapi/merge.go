package promapi

import (
	"headroom/budget"
	"headroom/slo"
)

// merger joins the parts of a range in the order of time.
type merger struct {
	series []budget.Series
	index  map[slo.Group]int
}

func (m *merger) add(part []budget.Series) {
	if m.series == nil {
		m.series, m.index = []budget.Series{}, map[slo.Group]int{}
	}
	for _, s := range part {
		key := slo.NewGroup(s.Labels)
		i, ok := m.index[key]
		if !ok {
			m.index[key] = len(m.series)
			m.series = append(m.series, s)
			continue
		}
		m.series[i].Points = append(m.series[i].Points, s.Points...)
	}
}
