package rules

import (
	"time"

	"headroom/slo"
)

// Raw returns the expressions that count an objective's bad and total events of
// a range from its raw series, one value per group. The total is absent without
// data; the bad is 0 where there is traffic without errors, and may have groups
// that the total lacks.
func Raw(o *slo.Objective, d Dialect, r time.Duration) (bad, total string) {
	f := d.features()
	f.longDifferences = f.differences // such a range is read once, and its edges are edges of slices
	c := newCounter(o, f)
	all := c.total(r)
	return c.bad(r, all, zero(all)).String(), c.judged(r).String()
}
