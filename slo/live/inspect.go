package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// The checks of this package; docs/checks has a page of each.
const (
	checkSkipped     = "live-not-checked"
	checkSeries      = "live-no-series"
	checkStale       = "live-stale-series"
	checkLabel       = "live-label"
	checkValue       = "live-label-value"
	checkTogether    = "live-label-combination"
	checkCounter     = "live-not-a-counter"
	checkGauge       = "live-not-a-gauge"
	checkGaugeValues = "live-gauge-values"
	checkBucket      = "live-bucket"
	checkUnit        = "live-unit"
	checkNative      = "live-histogram-form"
	checkGroup       = "live-group-label"
	checkCost        = "live-cost"
	checkQuiet       = "live-no-traffic"
	checkTraffic     = "live-little-traffic"
	checkRaw         = "live-raw-ratio"
	checkRatio       = "live-bad-exceeds-total"
	checkRetention   = "live-retention"
)

// inspection is the check of one objective.
type inspection struct {
	ask       *asker
	objective *slo.Objective
	site      *manifest.Site
	options   Options

	problems []diag.Problem
	measured Measured
	series   int  // of the largest selector
	missing  bool // some selector that is needed matches nothing
}

func (i *inspection) run(ctx context.Context) error {
	for _, p := range i.parts() {
		if err := i.tolerate(ctx, i.inspect(ctx, p), p.path); err != nil {
			return err
		}
	}
	if i.missing {
		return nil // what follows would only say so again
	}
	for _, step := range []func(context.Context) error{i.groups, i.traffic, i.cost} {
		if err := i.tolerate(ctx, step(ctx), nil); err != nil {
			return err
		}
	}
	return nil
}

// tolerate makes a problem of an error that concerns one question only.
func (i *inspection) tolerate(ctx context.Context, err error, path []string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case i.options.Fatal != nil && i.options.Fatal(err):
		return err
	}
	i.warn(place{path: path}, checkSkipped, "the metrics store did not answer: "+err.Error(),
		"try again, with a longer --timeout when it was too slow; a query that the store refuses for its size is one that the rules should not need either")
	return nil
}

// place is a value of the objective, or the bytes from start to end of it.
type place struct {
	path       []string
	start, end int
}

func (i *inspection) fail(at place, check, message, hint string) {
	i.report(diag.Error, at, check, message, hint)
}

func (i *inspection) warn(at place, check, message, hint string) {
	i.report(diag.Warning, at, check, message, hint)
}

func (i *inspection) report(severity diag.Severity, at place, check, message, hint string) {
	p := diag.Problem{Check: check, Severity: severity, Message: message, Hint: hint}
	p = i.site.Problem(p, at.start, at.end, at.path...)
	if !slices.Contains(i.problems, p) { // several selectors may lack the same
		i.problems = append(i.problems, p)
	}
}

// matcherPlace finds where a matcher stands in the text of a value.
func (i *inspection) matcherPlace(at place, m *labels.Matcher) place {
	text := i.site.Text(at.path...)
	from, to := at.start, at.end
	if to <= from {
		from, to = 0, len(text)
	}
	if to > len(text) {
		return at
	}
	for start := from; ; {
		offset := strings.Index(text[start:to], m.Name)
		if offset < 0 {
			return at
		}
		start += offset
		if end, ok := matcherEnd(text[:to], start+len(m.Name), m); ok && boundary(text, start) {
			return place{path: at.path, start: start, end: end}
		}
		start += len(m.Name)
	}
}

// boundary reports whether a name that begins here is not the end of another.
func boundary(text string, at int) bool {
	return at == 0 || strings.ContainsRune(" \t\n{,\"", rune(text[at-1]))
}

// matcherEnd returns where a matcher ends whose label name ends at the given
// byte, when the operator and a quoted value follow.
func matcherEnd(text string, at int, m *labels.Matcher) (int, bool) {
	rest := strings.TrimLeft(strings.TrimPrefix(text[at:], `"`), " \t\n")
	rest, ok := strings.CutPrefix(rest, m.Type.String())
	if !ok {
		return 0, false
	}
	rest = strings.TrimLeft(rest, " \t\n")
	if rest == "" || !strings.ContainsRune("\"'`", rune(rest[0])) {
		return 0, false
	}
	for j := 1; j < len(rest); j++ {
		switch {
		case rest[j] == '\\' && rest[0] != '`':
			j++
		case rest[j] == rest[0]:
			return len(text) - len(rest) + j + 1, true
		}
	}
	return 0, false
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "series" {
		return fmt.Sprintf("%d series", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
