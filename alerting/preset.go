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

// Preset wishes for a tier: an alert when the budget burns over Long. How fast
// is said in one of three ways.
type Preset struct {
	Severity Severity
	Share    string // so fast that this share of the budget goes within Long, a decimal between 0 and 1
	Factor   string // this many times as fast as allowed, a decimal
	// Sparse burns as fast as the last tier of the severity before it, over a
	// longer window. It applies only while the traffic is so low that the
	// evidence guard would withhold that tier.
	Sparse bool
	Long   time.Duration
}

const day = 24 * time.Hour

// period is the presets of objectives whose window is near to a length.
type period struct {
	below   time.Duration // windows shorter than this
	presets []Preset
}

// periods is the table of presets, for windows of 1 d, 7 d, 28 to 31 d, 90 d
// and 365 d. The row of 28 to 31 d is The Site Reliability Workbook's (chapter
// 5, table 5-8), with 10 % in a day beside its 10 % in three days. In the other
// rows a page still speaks of hours and a ticket of days, a shorter window
// spends a larger share in them, and no burn is so near to 1 that an objective
// on its budget would alert. The sparse tiers find in few events what the
// others may not: see Evidence.
func periods() []period {
	threeDays := Preset{Severity: Ticket, Share: "0.10", Long: 3 * day}
	return []period{
		{below: 3 * day, presets: []Preset{
			{Severity: Page, Share: "0.10", Long: 30 * time.Minute},
			{Severity: Page, Share: "0.20", Long: 2 * time.Hour},
			{Severity: Page, Sparse: true, Long: 6 * time.Hour},
			{Severity: Ticket, Share: "0.25", Long: 4 * time.Hour},
			{Severity: Ticket, Share: "0.40", Long: 8 * time.Hour},
		}},
		{below: 14 * day, presets: []Preset{
			{Severity: Page, Share: "0.05", Long: time.Hour},
			{Severity: Page, Share: "0.15", Long: 6 * time.Hour},
			{Severity: Page, Sparse: true, Long: day},
			{Severity: Ticket, Share: "0.20", Long: day},
			{Severity: Ticket, Share: "0.30", Long: 2 * day},
			{Severity: Ticket, Sparse: true, Long: 4 * day},
		}},
		{below: 4 * 7 * day, presets: month(threeDays)},
		// A tenth of four weeks' budget in three days would be less than it allows.
		{below: 30 * day, presets: month(Preset{Severity: Ticket, Factor: "1", Long: 3 * day})},
		{below: 60 * day, presets: month(threeDays)},
		{below: 180 * day, presets: []Preset{
			{Severity: Page, Share: "0.01", Long: time.Hour},
			{Severity: Page, Share: "0.03", Long: 6 * time.Hour},
			{Severity: Page, Sparse: true, Long: day},
			{Severity: Page, Sparse: true, Long: 3 * day},
			{Severity: Ticket, Share: "0.05", Long: day},
			{Severity: Ticket, Share: "0.10", Long: 7 * day},
		}},
		{presets: []Preset{
			{Severity: Page, Share: "0.005", Long: time.Hour},
			{Severity: Page, Share: "0.015", Long: 6 * time.Hour},
			{Severity: Page, Sparse: true, Long: day},
			{Severity: Page, Sparse: true, Long: 3 * day},
			{Severity: Ticket, Share: "0.04", Long: 3 * day},
			{Severity: Ticket, Share: "0.10", Long: 28 * day},
		}},
	}
}

// month is the presets of windows of about a month.
func month(slowest Preset) []Preset {
	return []Preset{
		{Severity: Page, Share: "0.02", Long: time.Hour},
		{Severity: Page, Share: "0.05", Long: 6 * time.Hour},
		{Severity: Page, Sparse: true, Long: day},
		{Severity: Page, Sparse: true, Long: 3 * day},
		{Severity: Ticket, Share: "0.10", Long: day},
		slowest,
		{Severity: Ticket, Sparse: true, Long: 7 * day},
	}
}

// shortestPeriod is the window that the first row of periods is made for. The
// long windows of a shorter one shrink with it.
const shortestPeriod = day

// Presets returns the wishes of an objective whose window has a length. They
// are the start of its plan unless a document says something else.
func Presets(window time.Duration) []Preset {
	for _, row := range periods() {
		if row.below == 0 || window < row.below {
			if window < shortestPeriod {
				shrink(row.presets, window)
			}
			return row.presets
		}
	}
	return nil
}

func shrink(presets []Preset, window time.Duration) {
	for i := range presets {
		presets[i].Long = time.Duration(float64(presets[i].Long) * (window.Seconds() / shortestPeriod.Seconds()))
	}
}
