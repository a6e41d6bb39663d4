package budget

import "headroom/slo"

// presence is what a reader last saw of a track in the metrics store.
type presence struct {
	rulesAt   int64              // last look at slo:info, Unix milliseconds; 0 when never
	rules     bool               // the rules of the current spec were there
	probedAt  int64              // last look at the raw series; 0 when never
	seriesNow map[slo.Group]bool // groups that had raw series then
}

// grace returns for how long after a spec was loaded, or after the last slice,
// nothing is concluded from what is not there.
func (d *declared) grace() int64 { return 3 * millis(d.o.Resolution) }

// rulesMissing reports whether the rules of the current spec ought to run in
// the metrics store by now, and do not.
func (p *presence) rulesMissing(d *declared, at int64) bool {
	return p.rulesAt > 0 && !p.rules && at-d.loaded > d.grace()
}

// absent reports whether the metrics store has no raw series of a group: a look
// found none, and no slice came since.
func (p *presence) absent(d *declared, s *series, g slo.Group) bool {
	if p.probedAt == 0 || s != nil && s.end() > p.probedAt-d.grace() {
		return false
	}
	if s == nil && g.IsZero() {
		return len(p.seriesNow) == 0
	}
	return !p.seriesNow[g]
}
