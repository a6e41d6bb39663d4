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
	return checkAddress(address, filled)
}

// CheckRunbookURL reports whether Options.RunbookURL may be an address: "" or an
// http or https URL with no placeholder but {alert}.
func CheckRunbookURL(address string) error {
	if address == "" {
		return nil
	}
	filled := Options{RunbookURL: address}.runbook("x")
	if strings.ContainsAny(filled, "{}") {
		return fmt.Errorf("%q has a placeholder other than {alert}", address)
	}
	return checkAddress(address, filled)
}

func checkAddress(address, filled string) error {
	u, err := url.Parse(filled)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is no http or https URL", address)
	}
	return nil
}

// HelpPath is the page of the service that says what to do about alerts, each
// in a section of its own.
const HelpPath = "/help/alerts"

// runbook is where it says what to do about an alert; "" when nobody knows.
func (o Options) runbook(alert string) string {
	address := o.RunbookURL
	if address == "" && o.ExternalURL != "" {
		address = o.at(HelpPath + "#{alert}")
	}
	return strings.ReplaceAll(address, "{alert}", strings.ToLower(alert))
}

// at is the address of a page of the service.
func (o Options) at(path string) string { return strings.TrimSuffix(o.ExternalURL, "/") + path }
