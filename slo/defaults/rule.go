package defaults

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// rule reads one rule.
func (r *reader) rule(f *ruleForm, source string) rule {
	out := rule{
		source: source, match: r.match(&f.Match.V),
		window:     r.duration(f.Window, "window-range", slo.MinWindowSteps*slo.MinResolution, slo.MaxWindow),
		resolution: r.duration(f.Resolution, "resolution-range", slo.MinResolution, slo.MaxResolution),
		owner:      f.Owner.V, channel: f.Channel.V, runbook: r.url(f.Runbook),
		labels: r.labels(f.Labels), require: r.require(f.Require), requires: f.Require.IsSet(),
		min: r.target(f.Target.V.Min), max: r.target(f.Target.V.Max),
	}
	if f.Plan.Node.IsScalar() {
		out.plan = f.Plan.V
		if !slo.ValidName(f.Plan.V) {
			r.Report(f.Plan.Node, "invalid-name", fmt.Sprintf("%q cannot name a plan", f.Plan.V), "write the name of a document of the kind plan")
		}
	}
	if !out.min.IsZero() && !out.max.IsZero() && out.min.Ratio() > out.max.Ratio() {
		r.Report(f.Target.V.Max.Node, "target-range", fmt.Sprintf("max %s is below min %s", out.max, out.min), "exchange the two")
	}
	return out
}

func (r *reader) match(f *matchForm) match {
	return match{
		namespaces: r.strings(f.Namespaces, func(v text) bool {
			if !slo.ValidName(v.V) {
				r.Report(v.Node, "invalid-name", fmt.Sprintf("%q is not a namespace", v.V), "write a name as specs declare it; patterns are not known")
			}
			return true
		}),
		services: r.services(f.Services),
		owners:   r.strings(f.Owners, func(text) bool { return true }),
		labels:   r.labels(f.Labels),
	}
}

func (r *reader) services(list names) []string {
	var services []string
	for _, v := range list.V {
		if !v.Node.IsScalar() {
			continue
		}
		namespace, service, err := slo.ParseService(v.V)
		if err != nil {
			r.Report(v.Node, "invalid-name", err.Error(), "write namespace/name, or name for the namespace default")
		}
		services = append(services, namespace+"/"+service)
	}
	return services
}

func (r *reader) duration(v text, check string, least, most time.Duration) time.Duration {
	if !v.Node.IsScalar() {
		return 0
	}
	d, err := slo.ParseDuration(v.V)
	switch {
	case err != nil:
		r.Report(v.Node, "duration-format", fmt.Sprintf("%q is not a duration", v.V), "write a number with a unit, such as 10s, 5m or 28d")
		return 0
	case d < least || d > most:
		r.Report(v.Node, check, fmt.Sprintf("%s is not between %s and %s", v.V, slo.FormatDuration(least), slo.FormatDuration(most)), "write a duration within these bounds")
	}
	return d
}

func (r *reader) target(v text) slo.Target {
	if !v.Node.IsScalar() {
		return slo.Target{}
	}
	target, err := slo.ParseTarget(v.V)
	if err == nil {
		return target
	}
	check := "target-format"
	if errors.Is(err, slo.ErrTargetRange) {
		check = "target-range"
	}
	r.Report(v.Node, check, strings.TrimPrefix(err.Error(), slo.ErrTarget.Error()+": "), "write a percentage above 0% and below 100%, such as 99.9%")
	return slo.Target{}
}

func (r *reader) url(v text) string {
	if !v.Node.IsScalar() {
		return ""
	}
	u, err := url.Parse(v.V)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.Report(v.Node, "runbook-url", fmt.Sprintf("%q is not a web address", v.V), "write a full address, such as https://wiki.example/slo")
	}
	return v.V
}

func (r *reader) labels(given pairs) map[string]string {
	labels := map[string]string{}
	for _, entry := range given.V {
		if r.label(entry.Key, entry.Name) {
			labels[entry.Name] = entry.Value
		}
	}
	return labels
}

func (r *reader) label(at strictyaml.Node, name string) bool {
	switch {
	case slo.Reserved(name) || name == model.AlertNameLabel || name == model.BucketLabel:
		r.Report(at, "reserved-label", fmt.Sprintf("label %s is reserved", name), "choose another name, since headroom or Prometheus sets this label itself")
	case !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, model.ReservedLabelPrefix):
		r.Report(at, "label-name", fmt.Sprintf("%q cannot name a label", name), "use letters, digits and underscores, not beginning with a digit or with __")
	default:
		return true
	}
	return false
}

// labelPrefix begins what requires a label.
const labelPrefix = "labels."

func (r *reader) require(list names) []string {
	known := []string{"owner", "channel", "runbook", "description"}
	var seen []string
	return r.strings(list, func(v text) bool {
		label, isLabel := strings.CutPrefix(v.V, labelPrefix)
		switch {
		case isLabel:
			if !r.label(v.Node, label) {
				return false
			}
		case !slices.Contains(known, v.V):
			hint := "write one of " + strings.Join(known, ", ") + ", or labels.NAME"
			if near, ok := strictyaml.Nearest(v.V, known); ok {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
			r.Report(v.Node, "defaults-value", fmt.Sprintf("%q cannot be required", v.V), hint)
			return false
		}
		if slices.Contains(seen, v.V) {
			r.Report(v.Node, "defaults-value", fmt.Sprintf("%s is given twice", v.V), "keep one of the two")
		}
		seen = append(seen, v.V)
		return true
	})
}
