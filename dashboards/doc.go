// Package dashboards draws Grafana dashboards of objectives: an overview of all
// of them, and one of each.
//
// Every query reads the uniform series that the package rules records, and the
// gauges of the ledger where they are scraped, so that a dashboard does not
// depend on how an objective counts. What rules compute alone is called a live
// estimate; the ledger's corrected balance is the number. What neither knows is
// grey and says so, never green.
//
// A team's own texts appear in one panel of text only, where every character
// that Markdown, HTML or Grafana's variables could read is an entity.
package dashboards
