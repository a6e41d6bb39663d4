package plans

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Bounds of what a plan may say.
const (
	shortestOver = 10 * time.Second
	longestKeep  = 24 * time.Hour
	checkValue   = "plan-value"
)

func (r *reader) tiers(given tiers) []slo.TierWish {
	if given.IsSet() && len(given.V) == 0 && !given.Node.IsScalar() && !given.Node.IsMap() {
		r.Report(given.Node, "empty-value", "tiers has no tier", "write at least one, or leave all out with without: [{severity: page}, {severity: ticket}]")
	}
	var list []slo.TierWish
	for _, v := range given.V {
		f := &v.V
		wish := slo.TierWish{
			Severity: r.severity(f.Severity), Share: r.share(f.Budget),
			Burn: r.number(f.Burn, 1, 1_000_000), Sparse: f.Sparse.V, Long: r.over(f.Over),
		}
		ways := 0
		for _, set := range []bool{f.Budget.IsSet(), f.Burn.IsSet(), f.Sparse.V} {
			if set {
				ways++
			}
		}
		if ways != 1 && v.Node.IsMap() {
			r.Report(v.Node, checkValue, "a tier says in one way how fast the budget must burn", "write one of budget, burn and sparse: true")
		}
		if !f.Over.IsSet() && v.Node.IsMap() {
			r.Report(v.Node, "missing-key", "over is missing", "write over: with the long window, such as over: 1h")
		}
		if slices.ContainsFunc(list, func(w slo.TierWish) bool { return w.Severity == wish.Severity && w.Long == wish.Long && w.Long > 0 }) {
			r.Report(v.Node, checkValue, fmt.Sprintf("two %s tiers contradict one another over %s", wish.Severity, f.Over.V), "keep one of the two, since the lower one would always fire first")
		}
		if wish.Sparse && !slices.ContainsFunc(list, func(w slo.TierWish) bool { return w.Severity == wish.Severity && !w.Sparse && w.Long < wish.Long }) {
			r.Report(v.Node, checkValue, "a sparse tier has no shorter tier of its severity before it", "write that tier above it, whose burn it takes")
		}
		list = append(list, wish)
	}
	return list
}

func (r *reader) without(given, own tiers) []slo.TierWish {
	if given.IsSet() && own.IsSet() {
		r.Report(given.Key, checkValue, "without leaves out tiers of headroom's own, which tiers replaces", "keep one of the two")
	}
	var list []slo.TierWish
	for _, v := range given.V {
		f := &v.V
		if f.Budget.IsSet() || f.Burn.IsSet() || f.Sparse.IsSet() {
			r.Report(v.Node, checkValue, "what is left out is said by severity and over alone", "remove budget, burn and sparse")
		}
		list = append(list, slo.TierWish{Severity: r.severity(f.Severity), Long: r.over(f.Over)})
	}
	return list
}

func (r *reader) guard(f *guardForm) slo.GuardWish {
	g := slo.GuardWish{
		Off: f.Off.V, Page: r.number(f.Page, 0, 1000), Ticket: r.number(f.Ticket, 0, 1000),
		Dispersion: r.number(f.Dispersion, 1, 100),
	}
	if g.Off && (f.Page.IsSet() || f.Ticket.IsSet() || f.Dispersion.IsSet()) {
		r.Report(f.Off.Node, checkValue, "the guard is off, and yet something is said of it", "remove off: true, or the other keys")
	}
	return g
}

func (r *reader) notice(f *noticeForm) slo.NoticeWish {
	n := slo.NoticeWish{
		Severity: f.Severity.V, Alert: f.Alert.V, Labels: r.labels(f.Labels),
		Annotations: r.annotations(f.Annotations), Shadow: f.Shadow.V,
	}
	if f.Alert.IsSet() && f.Alert.Node.IsScalar() && !model.LegacyValidation.IsValidMetricName(f.Alert.V) {
		r.Report(f.Alert.Node, checkValue, fmt.Sprintf("%q cannot name an alert", f.Alert.V), "use letters, digits and underscores")
	}
	if f.KeepFiringFor.Node.IsScalar() {
		n.Keep = r.duration(f.KeepFiringFor, time.Second, longestKeep)
	}
	return n
}

func (r *reader) severity(v text) string {
	if v.Node.IsScalar() && v.V != "page" && v.V != "ticket" {
		hint := "write page or ticket; what the label severity says is set under page and ticket"
		if near, ok := strictyaml.Nearest(v.V, []string{"page", "ticket"}); ok {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		r.Report(v.Node, checkValue, fmt.Sprintf("%q is no severity", v.V), hint)
	}
	return v.V
}

func (r *reader) over(v text) time.Duration {
	if !v.Node.IsScalar() {
		return 0
	}
	return r.duration(v, shortestOver, slo.MaxWindow)
}

func (r *reader) duration(v text, least, most time.Duration) time.Duration {
	d, err := slo.ParseDuration(v.V)
	switch {
	case err != nil:
		r.Report(v.Node, "duration-format", fmt.Sprintf("%q is not a duration", v.V), "write a number with a unit, such as 5m, 1h or 3d")
		return 0
	case d < least || d > most:
		r.Report(v.Node, checkValue, fmt.Sprintf("%s is not between %s and %s", v.V, slo.FormatDuration(least), slo.FormatDuration(most)), "write a duration within these bounds")
	}
	return d
}

// share reads a percentage of the budget as a decimal from 0 to 1.
func (r *reader) share(v text) string {
	if !v.Node.IsScalar() {
		return ""
	}
	target, err := slo.ParseTarget(v.V)
	if err != nil {
		r.Report(v.Node, checkValue, fmt.Sprintf("%q is not a share of the budget", v.V), "write a percentage above 0% and below 100%, such as 2%")
		return ""
	}
	return target.RatioString()
}

// number reads a decimal between bounds.
func (r *reader) number(v text, least, most int64) string {
	if !v.Node.IsScalar() {
		return ""
	}
	s := strings.TrimSpace(v.V)
	n, ok := new(big.Rat).SetString(s)
	if !ok || strings.ContainsAny(s, "/eExXpP_") || len(s) > 12 || n.Cmp(big.NewRat(least, 1)) < 0 || n.Cmp(big.NewRat(most, 1)) > 0 {
		r.Report(v.Node, checkValue, fmt.Sprintf("%q is not a number from %d to %d", v.V, least, most), "write a decimal number within these bounds")
		return ""
	}
	return s
}

func (r *reader) labels(given pairs) map[string]string {
	if !given.IsSet() {
		return nil
	}
	labels := map[string]string{}
	for _, entry := range given.V {
		switch {
		case slo.Reserved(entry.Name) || entry.Name == model.AlertNameLabel:
			r.Report(entry.Key, "reserved-label", fmt.Sprintf("label %s is reserved", entry.Name), "choose another name, since headroom or Prometheus sets this label itself")
		case !model.LegacyValidation.IsValidLabelName(entry.Name) || strings.HasPrefix(entry.Name, model.ReservedLabelPrefix):
			r.Report(entry.Key, "label-name", fmt.Sprintf("%q cannot name a label", entry.Name), "use letters, digits and underscores, not beginning with a digit or with __")
		default:
			labels[entry.Name] = entry.Value
		}
	}
	return labels
}

func (r *reader) annotations(given pairs) map[string]string {
	if !given.IsSet() {
		return nil
	}
	annotations := map[string]string{}
	for _, entry := range given.V {
		if !model.LegacyValidation.IsValidLabelName(entry.Name) {
			r.Report(entry.Key, "label-name", fmt.Sprintf("%q cannot name an annotation", entry.Name), "use letters, digits and underscores, not beginning with a digit")
			continue
		}
		annotations[entry.Name] = entry.Value
	}
	return annotations
}
