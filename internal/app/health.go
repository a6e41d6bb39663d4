package app

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/budget"
	"headroom/slo/diag"
)

// Checks of what can be wrong between the ledger and its database.
const (
	checkKept    = "ledger-not-kept"
	checkCorrupt = "ledger-page-corrupt"
)

// ledgerProblems says what is wrong with the ledger's database.
func ledgerProblems(h budget.Health) (problems []diag.Problem) {
	if h.Err != nil {
		problems = append(problems, problem(checkKept, fmt.Errorf("%w: %w", budget.ErrNotKept, h.Err), "see to the data directory; until then budgets stay as they were. headroom tries again by itself, and reads later what it missed"))
	}
	if h.Damaged > 0 {
		problems = append(problems, problem(checkCorrupt, fmt.Errorf("pages of the ledger that are corrupt, and whose time does not count as measured until it is read again: %d", h.Damaged),
			"headroom reads them again by itself; look after the disk of the data directory"))
	}
	if h.Unreadable > 0 {
		problems = append(problems, problem(checkCorrupt, fmt.Errorf("pages of the ledger that could not be read from its database: %d", h.Unreadable),
			"what depends on them is unknown until they can be read; look after the disk of the data directory"))
	}
	return problems
}

// ledgerMetrics are the metrics of the ledger and its database, and of what is
// wrong.
type ledgerMetrics struct{ app *App }

// Describe sends nothing, which makes the collector an unchecked one.
func (ledgerMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect sends the metrics.
func (m ledgerMetrics) Collect(out chan<- prometheus.Metric) {
	h := m.app.ledger.Health()
	send := func(name, help string, kind prometheus.ValueType, value float64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("headroom_ledger_"+name, help, nil, nil), kind, value)
	}
	send("damaged_pages", "Pages that were found corrupt and are not yet read again from the source.", prometheus.GaugeValue, float64(h.Damaged))
	send("unreadable_pages", "Pages that the database could not give when they were last asked for.", prometheus.GaugeValue, float64(h.Unreadable))
	send("corrupt_pages_total", "Pages that were found corrupt.", prometheus.CounterValue, float64(h.Corrupt))
	send("commits_total", "Changes that the database took.", prometheus.CounterValue, float64(h.Kept))
	send("refused_commits_total", "Changes that the database did not take: the ledger stays as it was.", prometheus.CounterValue, float64(h.Refused))
	count := map[[2]string]int{}
	for _, p := range m.app.Problems() {
		count[[2]string{p.Check, string(p.Severity)}]++
	}
	desc := prometheus.NewDesc("headroom_problems", "What is wrong at present, by check and severity.", []string{"check", "severity"}, nil)
	for labels, n := range count {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), labels[0], labels[1])
	}
}
