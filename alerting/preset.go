package alerting

import "time"

// Severity says how soon a person must hear of an alert.
type Severity string

// The severities: a page wakes somebody, a ticket waits for working hours.
const (
	Page   Severity = "page"
	Ticket Severity = "ticket"
)

// Severities returns all severities, the most urgent first.
func Severities() []Severity { return []Severity{Page, Ticket} }

// Preset wishes for a tier: an alert when Share of the whole budget goes within
// Long.
type Preset struct {
	Severity Severity
	Share    string // of the budget, an exact decimal between 0 and 1
	Long     time.Duration
}

// Presets returns the wishes that every plan starts from (The Site Reliability
// Workbook, chapter 5, table 5-8, with its 10 % in three days joined by 10 % in
// one day).
func Presets() []Preset {
	const day = 24 * time.Hour
	return []Preset{
		{Severity: Page, Share: "0.02", Long: time.Hour},
		{Severity: Page, Share: "0.05", Long: 6 * time.Hour},
		{Severity: Ticket, Share: "0.10", Long: day},
		{Severity: Ticket, Share: "0.10", Long: 3 * day},
	}
}
