package plans

import (
	"headroom/internal/strictyaml"
	"headroom/slo"
)

// others reads what is said of the alerts that are not about a burn, by their
// kinds.
func (r *reader) others(f *alertsForm) map[string]slo.OtherWish {
	var list map[string]slo.OtherWish
	for kind, given := range f.kinds() {
		if !given.IsSet() {
			continue
		}
		if list == nil {
			list = map[string]slo.OtherWish{}
		}
		list[kind] = r.other(&given.V)
	}
	return list
}

// kinds are the forms of the alerts by their kinds.
func (f *alertsForm) kinds() map[string]*strictyaml.Value[otherForm] {
	return map[string]*strictyaml.Value[otherForm]{
		"exhausted": &f.Exhausted, "forecast": &f.Forecast, "absent": &f.Absent, "unmeasured": &f.Unmeasured,
		"no_traffic": &f.NoTraffic, "rules_missed": &f.RulesMissed, "integrity": &f.Integrity,
	}
}

func (r *reader) other(f *otherForm) slo.OtherWish {
	notice := noticeForm{
		Severity: f.Severity, Alert: f.Alert, Labels: f.Labels, Annotations: f.Annotations, KeepFiringFor: f.KeepFiringFor,
	}
	wish := slo.OtherWish{NoticeWish: r.notice(&notice), Off: f.Off.V, On: f.Off.IsSet() && !f.Off.V}
	if wish.Off && (f.Severity.IsSet() || f.Alert.IsSet() || f.Labels.IsSet() || f.Annotations.IsSet() || f.KeepFiringFor.IsSet()) {
		r.Report(f.Off.Node, checkValue, "the alert is off, and yet something is said of it", "remove off: true, or the other keys")
	}
	return wish
}
