package live

import (
	"context"
	"fmt"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// retention warns once of a store that forgets sooner than objectives ask for:
// at the one with the longest window. A store that does not say how long it
// keeps samples is none of that.
func (r *Report) retention(ctx context.Context, specs manifest.Result, objectives []*slo.Objective, ask *asker) {
	kept, err := ask.server.Retention(ctx)
	if err != nil || kept <= 0 {
		return
	}
	r.Retention = kept
	var longest *slo.Objective
	count := 0
	for _, o := range objectives {
		if o.Window.Rolling <= kept {
			continue
		}
		if count++; longest == nil || o.Window.Rolling > longest.Window.Rolling {
			longest = o
		}
	}
	if longest == nil {
		return
	}
	more := ""
	if count > 1 {
		more = fmt.Sprintf(", and shorter than those of %s", plural(count-1, "more objective"))
	}
	p := diag.Problem{
		Check: checkRetention, Severity: diag.Warning,
		Message: fmt.Sprintf("the metrics store keeps %s, shorter than the window %s of %s%s", slo.FormatDuration(kept), longest.Window, longest.ID, more),
		Hint:    "headroom's ledger outlives the retention, but rules, dashboards and a first look back do not: keep samples for longer (--storage.tsdb.retention.time), or shorten the window",
	}
	r.Problems = append(r.Problems, specs.Site(longest).Problem(p, 0, 0, "window"))
}
