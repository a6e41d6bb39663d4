package rules

import (
	"fmt"
	"net/url"
	"strings"

	"headroom/slo"
)

// dashboardURL fills in the placeholders of an address.
func dashboardURL(address string, id slo.ID) string {
	return strings.NewReplacer(
		"{slo}", url.QueryEscape(id.String()), "{namespace}", id.Namespace, "{service}", id.Service,
		"{objective}", id.Objective, "{uid}", id.DashboardUID(),
	).Replace(address)
}

// CheckDashboardURL reports whether Options.DashboardURL may be an address: ""
// or an http or https URL with no placeholders but those that there are.
func CheckDashboardURL(address string) error {
	if address == "" {
		return nil
	}
	filled := dashboardURL(address, slo.ID{Namespace: "n", Service: "s", Objective: "o"})
	if strings.ContainsAny(filled, "{}") {
		return fmt.Errorf("%q has a placeholder other than {slo}, {namespace}, {service}, {objective} and {uid}", address)
	}
	u, err := url.Parse(filled)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is no http or https URL", address)
	}
	return nil
}
