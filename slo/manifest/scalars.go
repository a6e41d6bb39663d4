package manifest

import (
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

func (r *reader) target(text text) slo.Target {
	if !text.Node.IsScalar() {
		return slo.Target{}
	}
	target, err := slo.ParseTarget(text.V)
	if err == nil {
		return target
	}
	check, hint := "target-format", targetHint(text.V)
	if hint == "" {
		hint = "write a percentage, such as 99.9%"
	}
	if errors.Is(err, slo.ErrTargetRange) {
		check, hint = "target-range", "write a target above 0% and below 100%, such as 99.9%"
	}
	message := strings.TrimPrefix(err.Error(), slo.ErrTarget.Error()+": ")
	r.Report(text.Node, check, "target "+message, hint)
	return slo.Target{}
}

// percentage reads the number in a target, with or without its percent sign.
func percentage(s string) (*big.Rat, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	if s == "" || len(s) > 20 || strings.Trim(s, "+-0123456789.") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// targetHint guesses what a number without a percent sign was meant to be:
// 0.999 is 99.9%, and so is 99.9.
func targetHint(s string) string {
	number, ok := percentage(strings.Replace(s, ",", ".", 1))
	if !ok || strings.Contains(s, "%") && !strings.Contains(s, ",") || number.Sign() <= 0 {
		return ""
	}
	if number.Cmp(big.NewRat(1, 1)) < 0 && !strings.Contains(s, "%") {
		number.Mul(number, big.NewRat(100, 1))
	}
	if number.Cmp(big.NewRat(100, 1)) >= 0 || number.Cmp(big.NewRat(1, 1)) == 0 {
		return ""
	}
	digits := strings.TrimRight(number.FloatString(9), "0")
	return "write target: " + strings.TrimSuffix(digits, ".") + "%"
}

// times reads window and resolution and checks them against each other.
// The objective has what they are when they are not given.
func (r *reader) times(entry *strictyaml.Entry[objectiveForm], o *slo.Objective) {
	form := &entry.Value
	const minWindow = slo.MinWindowSteps * slo.MinResolution
	window, windowOK := r.duration(form.Window, o.Window.Rolling)
	resolution, resolutionOK := r.duration(form.Resolution, o.Resolution)
	if resolutionOK && (resolution < slo.MinResolution || resolution > slo.MaxResolution) {
		r.Report(form.Resolution.Node, "resolution-range", fmt.Sprintf("resolution %s is not between %s and %s", form.Resolution.V, slo.FormatDuration(slo.MinResolution), slo.FormatDuration(slo.MaxResolution)), "write resolution: 5m, or less for a window of less than 5h")
		resolutionOK = false
	}
	if windowOK && (window < minWindow || window > slo.MaxWindow) {
		least, of, hint := minWindow, "", "write window: 28d, or another length of at most 366d"
		if coarse := slo.MinWindowSteps * resolution; resolutionOK && coarse > least && window < minWindow {
			least, of = coarse, " at a resolution of "+slo.FormatDuration(resolution)
			hint = fmt.Sprintf("write window: 28d; a window of less than %s needs a finer resolution, and one of less than %s is not possible", slo.FormatDuration(coarse), slo.FormatDuration(minWindow))
		}
		r.Report(form.Window.Node, "window-range", fmt.Sprintf("window %s is not between %s and %s%s", form.Window.V, slo.FormatDuration(least), slo.FormatDuration(slo.MaxWindow), of), hint)
		windowOK = false
	}
	if windowOK && resolutionOK && window < slo.MinWindowSteps*resolution {
		at := entry.Key
		if form.Resolution.IsSet() {
			at = form.Resolution.Node
		}
		if form.Window.IsSet() {
			at = form.Window.Node
		}
		r.Report(at, "window-resolution", fmt.Sprintf("window %s is shorter than %d times the resolution %s", slo.FormatDuration(window), slo.MinWindowSteps, slo.FormatDuration(resolution)), windowHint(window, resolution))
	}
	o.Window.Rolling, o.Resolution = window, resolution
}

func windowHint(window, resolution time.Duration) string {
	longer := "write window: " + slo.FormatDuration(slo.MinWindowSteps*resolution) + " or more"
	finer := (window / slo.MinWindowSteps).Truncate(10 * time.Second)
	if finer < slo.MinResolution {
		return longer
	}
	return longer + ", or resolution: " + slo.FormatDuration(finer)
}

// duration reads a duration; without one it returns the default.
func (r *reader) duration(text text, otherwise time.Duration) (time.Duration, bool) {
	if !text.IsSet() {
		return otherwise, true
	}
	d, err := slo.ParseDuration(text.V)
	if err == nil {
		return d, true
	}
	if text.Node.IsScalar() {
		r.Report(text.Node, "duration-format", fmt.Sprintf("%q is not a duration", text.V), durationHint(text.V))
	}
	return 0, false
}

func durationHint(s string) string {
	if d, err := time.ParseDuration(s); err == nil && d > 0 && d%time.Millisecond == 0 {
		return "write " + slo.FormatDuration(d)
	}
	if _, err := strconv.ParseUint(s, 10, 32); err == nil {
		return fmt.Sprintf("write its unit: %[1]sms, %[1]ss, %[1]sm, %[1]sh or %[1]sd", s)
	}
	if d, err := time.ParseDuration(s + "s"); err == nil && d > 0 && d%time.Millisecond == 0 {
		return fmt.Sprintf("write its unit: %s, if seconds are meant", slo.FormatDuration(d))
	}
	return "write a number with a unit, such as 300ms, 10s, 5m, 6h or 28d"
}

func (r *reader) url(text text) string {
	if !text.Node.IsScalar() {
		return ""
	}
	u, err := url.Parse(text.V)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.Report(text.Node, "runbook-url", fmt.Sprintf("%q is not a web address", text.V), "write a full address, such as https://wiki.example/checkout")
		return ""
	}
	return text.V
}

func (r *reader) labels(given pairs) map[string]string {
	labels := make(map[string]string, len(given.V))
	for _, entry := range given.V {
		if r.labelName(entry.Key, entry.Name, model.LegacyValidation.IsValidLabelName) {
			labels[entry.Name] = entry.Value
		}
	}
	return labels
}

// seriesLabel reports whether a series can have a label of the name. UTF-8
// allows nearly everything, but what looks like PromQL was meant as such.
func seriesLabel(name string) bool {
	return model.UTF8Validation.IsValidLabelName(name) && !strings.ContainsAny(name, "{}()[]=~!\"'`\\, \t\r\n")
}

// labelName reports whether a label may be used: one of the team's own, which
// is ASCII so that every receiver of alerts knows it, or one of a series.
func (r *reader) labelName(at strictyaml.Node, name string, valid func(string) bool) bool {
	switch {
	case slo.Reserved(name) || name == model.AlertNameLabel || name == model.BucketLabel:
		r.Report(at, "reserved-label", fmt.Sprintf("label %s is reserved", name), "choose another name, since headroom or Prometheus sets this label itself")
	case !valid(name) || strings.HasPrefix(name, model.ReservedLabelPrefix):
		r.Report(at, "label-name", fmt.Sprintf("%q cannot name a label", name), "use letters, digits and underscores, not beginning with a digit or with __")
	default:
		return true
	}
	return false
}
