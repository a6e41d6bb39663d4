package manifest

import (
	"fmt"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
)

// kinds are the keys that say what a document is.
func kinds() []string {
	return []string{"service", "template", "plan", "policy", "defaults", "correction"}
}

// isService reports whether the document is of a version and kind that can be
// decoded here, and reports why when it is not. A document without any key is
// left to decoding, which says what is wrong with it.
func (r *reader) isService(keys []strictyaml.Node) bool {
	if len(keys) == 0 {
		return true
	}
	r.checkVersion(keys)
	return r.checkKind(keys)
}

// checkVersion reports a wrong version. The rest of the document is read as if
// it were right, since a slip in the first line must not hide other problems.
func (r *reader) checkVersion(keys []strictyaml.Node) {
	const hint = "write headroom: v1 as the first line of the document"
	version := r.Get("headroom")
	switch {
	case version.IsZero():
		r.Report(keys[0], "spec-version", "headroom: v1 is missing", hint)
	case version.Text() != Version:
		r.Report(version, "spec-version", fmt.Sprintf("version %q is not supported", version.Text()), "write headroom: v1")
	case keys[0].Text() != "headroom":
		r.Report(keys[0], "spec-version", "headroom: v1 is not the first key", hint)
	}
}

func (r *reader) checkKind(keys []strictyaml.Node) bool {
	at := slices.IndexFunc(keys, func(k strictyaml.Node) bool { return k.Text() != "headroom" })
	if at < 0 {
		r.Report(keys[0], "document-kind", "the document says nothing but its version", "write service: with the service's name as its second line")
		return false
	}
	key := keys[at]
	switch kind := key.Text(); {
	case kind == "service":
		return true
	case kind == "policy":
		r.Report(key, "policy-not-here", "a policy is not declared among the specs, where a team could lift its own freeze",
			"the operator of headroom declares policies, in the files that policies of its configuration names; remove the document here")
		return false
	case kind == "correction":
		r.Report(key, "correction-not-here", "a correction is not declared among the specs, where a team could forgive its own errors",
			"declare it with headroom correction add, or in the files that corrections of the operator's configuration names; remove the document here")
		return false
	case kind == "defaults":
		r.Report(key, "defaults-not-here", "defaults are not declared among the specs, where a team could set its own bounds",
			"the operator of headroom declares defaults, in the files that defaults of its configuration or --defaults names; remove the document here")
		return false
	case kind == "template":
		r.Report(key, "template-not-here", "templates are not declared among the specs",
			"keep the document in template.yaml or *.template.yaml, and name the file with --templates, or under templates in headroom's configuration")
		return false
	case kind == "plan":
		r.Report(key, "plan-not-here", "alert plans are not declared among the specs, where one name could mean two things",
			"keep the document in plan.yaml or *.plan.yaml, and name the file with --plans, or under plans in headroom's configuration")
		return false
	case kind == "test":
		r.Report(key, "document-kind", "a test is no spec", "run headroom test, which reads slo.test.yaml and *.slo.test.yaml, or move the document there")
		return false
	case !r.Get("service").IsZero():
		r.Report(key, "document-kind", fmt.Sprintf("the second key is %q, want service", kind), "write service: directly under headroom: v1")
		return true
	}
	if meant, ok := strictyaml.Nearest(key.Text(), kinds()); ok {
		r.Report(key, "document-kind", fmt.Sprintf("%q is no kind of document", key.Text()), fmt.Sprintf("did you mean %s?", meant))
		r.Rename(key, meant)
		return meant == "service"
	}
	r.Report(key, "document-kind", fmt.Sprintf("%q is no kind of document", key.Text()), "the second key says what a document is: "+strings.Join(kinds(), ", "))
	return false
}
