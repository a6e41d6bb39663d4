package policy

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// checkValue is the check of words that the form does not know.
const checkValue = "policy-value"

// maxEnvironment is how many characters the name of an environment may have.
const maxEnvironment = 255

// freezeAt reads the remaining budget from which on a freeze is on.
func (r *reader) freezeAt(f strictyaml.Value[freezeForm]) float64 {
	v := f.V.Remaining
	if !v.Node.IsScalar() {
		return 0
	}
	share, ok := share(v.V)
	if !ok {
		r.Report(v.Node, "freeze-remaining", fmt.Sprintf("%q is not a percentage", v.V), "write how much of the budget is left when the freeze begins, with the percent sign: remaining: 0%, or 10% to begin early")
		return 0
	}
	if share >= 1 || share < -10 {
		r.Report(v.Node, "freeze-remaining", fmt.Sprintf("remaining %s is out of bounds", v.V), "write a percentage below 100%, such as 0%; a negative one, down to -1000%, lets the budget be overdrawn")
	}
	return share
}

// share reads "-12.5%" as the float64 nearest to -0.125.
func share(s string) (float64, bool) {
	digits, found := strings.CutSuffix(strings.TrimSpace(s), "%")
	digits = strings.TrimSpace(digits)
	unsigned := strings.TrimPrefix(digits, "-")
	whole, fraction, dotted := strings.Cut(unsigned, ".")
	decimal := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if !found || len(digits) > 20 || !decimal(whole) || dotted && !decimal(fraction) {
		return 0, false
	}
	exact, ok := new(big.Rat).SetString(digits)
	if !ok {
		return 0, false
	}
	f, _ := exact.Quo(exact, big.NewRat(100, 1)).Float64()
	return f, true
}

func (r *reader) environments(v texts) []string {
	if !v.IsSet() {
		return DefaultEnvironments()
	}
	if v.Node.IsScalar() || v.Node.IsMap() {
		return nil // decoding has reported it
	}
	if len(v.V) == 0 {
		r.Report(v.Node, checkValue, "no environments", `name those whose releases it holds, or write ["*"] for all`)
	}
	names := make([]string, 0, len(v.V))
	for _, e := range v.V {
		control := strings.IndexFunc(e.V, unicode.IsControl) >= 0
		switch {
		case !e.Node.IsScalar():
		case strings.TrimSpace(e.V) != e.V || e.V == "" || control || len([]rune(e.V)) > maxEnvironment:
			r.Report(e.Node, checkValue, fmt.Sprintf("%q cannot name an environment", e.V), "write the name that callers of the gate say, such as production")
		case e.V == All && len(v.V) > 1:
			r.Report(e.Node, checkValue, `"*" beside other environments`, `write ["*"] alone, or only names`)
		case slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, e.V) }):
			r.Report(e.Node, checkValue, fmt.Sprintf("environment %s is given twice", e.V), "name it once")
		}
		names = append(names, e.V)
	}
	return names
}

func (r *reader) pass(v texts) []Change {
	if !v.IsSet() {
		return DefaultPass()
	}
	kinds := make([]Change, 0, len(v.V))
	for _, c := range v.V {
		kind := Change(c.V)
		switch {
		case !c.Node.IsScalar():
		case kind == Feature:
			r.Report(c.Node, "change-kind", "a feature passes no freeze", "remove it; to hold nothing write mode: advise")
		case !slices.Contains(Changes(), kind):
			r.Report(c.Node, "change-kind", fmt.Sprintf("%q is no kind of change", c.V), nearest(c.V, []string{string(Security), string(Fix), string(Rollback)}))
		case slices.Contains(kinds, kind):
			r.Report(c.Node, "change-kind", fmt.Sprintf("%s is given twice", c.V), "name it once")
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

// selector reads which objectives are meant.
func (r *reader) selector(v strictyaml.Value[selectorForm]) Selector {
	var s Selector
	if v.IsSet() {
		s.Place = r.place(v.Key)
	}
	for _, n := range v.V.Namespaces.V {
		if n.Node.IsScalar() && n.V != All && !slo.ValidName(n.V) {
			r.Report(n.Node, "invalid-name", fmt.Sprintf("%q is not a namespace", n.V), `write a name as specs declare it, or ["*"] for all; patterns are not known`)
		}
		s.Namespaces = append(s.Namespaces, n.V)
	}
	for _, n := range v.V.Services.V {
		namespace, service, err := slo.ParseService(n.V)
		if err != nil && n.Node.IsScalar() {
			r.Report(n.Node, "invalid-name", err.Error(), "write namespace/name, or name for the namespace default")
		}
		s.Services = append(s.Services, namespace+"/"+service)
	}
	for _, n := range v.V.IDs.V {
		id, err := slo.ParseID(n.V)
		if err != nil && n.Node.IsScalar() {
			r.Report(n.Node, "invalid-name", err.Error(), "write namespace/service/objective")
		}
		s.IDs = append(s.IDs, id)
	}
	for _, n := range v.V.Owners.V {
		s.Owners = append(s.Owners, n.V)
	}
	for _, l := range v.V.Labels {
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		s.Labels[l.Name] = l.Value
	}
	return s
}

// oneOf reads a word of a closed set.
func oneOf[T ~string](r *reader, v text, key string, otherwise T, words ...T) T {
	if !v.Node.IsScalar() {
		return otherwise
	}
	if slices.Contains(words, T(v.V)) {
		return T(v.V)
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	r.Report(v.Node, checkValue, fmt.Sprintf("%s %q is not known", key, v.V), nearest(v.V, names))
	return otherwise
}

func nearest(word string, words []string) string {
	if near, ok := strictyaml.Nearest(word, words); ok {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "write one of " + strings.Join(words, ", ")
}
