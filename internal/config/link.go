package config

import (
	"net/url"
	"strings"

	"headroom/internal/strictyaml"
)

// Placeholders of the addresses that alerts link to.
var (
	dashboardPlaceholders = []string{"{slo}", "{namespace}", "{service}", "{objective}", "{uid}"}
	runbookPlaceholders   = []string{"{alert}"}
)

// link checks an address in which placeholders may stand.
func (r *reader) link(v strictyaml.Value[string], placeholders []string) string {
	if !v.IsSet() {
		return ""
	}
	filled := v.V
	for _, p := range placeholders {
		filled = strings.ReplaceAll(filled, p, "x")
	}
	hint := "write a URL such as https://grafana.example/d/{uid}; there are the placeholders " + strings.Join(placeholders, ", ")
	if len(placeholders) == 1 {
		hint = "write a URL such as https://wiki.example/alerts#" + placeholders[0]
	}
	parsed, err := url.Parse(filled)
	switch {
	case strings.ContainsAny(filled, "{}"):
		r.report(v.Node, checkValue, "there is no such placeholder", hint)
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "":
		r.report(v.Node, checkValue, "this is not a URL that begins with http:// or https://", hint)
	case parsed.User != nil:
		r.report(v.Node, checkValue, "the URL holds a user or a password", "remove them: links are shown to everybody who gets an alert")
	default:
		return v.V
	}
	return ""
}
