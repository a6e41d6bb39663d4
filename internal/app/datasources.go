package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"headroom/api/v1"
	"headroom/slo"
)

// Datasources says how every metrics store is doing.
func (a *App) Datasources() []v1.Datasource {
	objectives := a.ledger.Objectives()
	list := make([]v1.Datasource, len(a.reader))
	for i, r := range a.reader {
		list[i] = r.describe(objectives)
		at := a.specs.arrivalOf(r.store)
		list[i].Rules = v1.DatasourceRules{By: r.store.delivers, Delivered: at.ever && at.err == nil}
		if at.err != nil {
			list[i].Rules.Error = at.err.Error()
		}
	}
	return list
}

func (r *reading) describe(objectives []*slo.Objective) v1.Datasource {
	d := v1.Datasource{
		Name: r.store.name, URL: r.store.address, Dialect: string(r.store.dialect),
		HistoryPending: r.reader.Pending(r.now()),
	}
	for _, o := range objectives {
		if r.stores.of(o) == r.store {
			d.Objectives++
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count[0]+r.count[1] > 0 {
		d.Up = new(r.last == nil || notKept(r.last))
	}
	if !r.succeeded.IsZero() {
		d.ReadAt = new(r.succeeded.UTC())
	}
	if r.last != nil {
		d.Error = r.last.Error()
	}
	return d
}

// datasourceMetrics are the metrics of every metrics store.
type datasourceMetrics struct{ app *App }

func datasourceDesc(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc("headroom_datasource_"+name, help, append([]string{"datasource"}, more...), nil)
}

// Describe sends nothing, which makes the collector an unchecked one.
func (datasourceMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect sends the metrics of every store.
func (m datasourceMetrics) Collect(out chan<- prometheus.Metric) {
	up := datasourceDesc("up", "Whether the last read of the metrics store succeeded.")
	at := datasourceDesc("read_timestamp_seconds", "Unix time of the last read that succeeded.")
	took := datasourceDesc("read_duration_seconds", "How long the last read took.")
	reads := datasourceDesc("reads_total", "Reads, by what became of them.", "result")
	has := datasourceDesc("objectives", "Objectives that are read from it.")
	pending := datasourceDesc("history_pending_objectives", "Objectives whose history is not read whole yet.")
	delivered := datasourceDesc("rules_delivered", "Whether the current rules are delivered; absent where others deliver them.")
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	for i, d := range m.app.Datasources() {
		r := m.app.reader[i]
		r.mu.Lock()
		counts, duration := r.count, r.took
		r.mu.Unlock()
		send(reads, prometheus.CounterValue, float64(counts[0]), d.Name, "success")
		send(reads, prometheus.CounterValue, float64(counts[1]), d.Name, "error")
		send(has, prometheus.GaugeValue, float64(d.Objectives), d.Name)
		send(pending, prometheus.GaugeValue, float64(d.HistoryPending), d.Name)
		if d.Up != nil {
			send(up, prometheus.GaugeValue, number(*d.Up), d.Name)
			send(took, prometheus.GaugeValue, duration.Seconds(), d.Name)
		}
		if d.ReadAt != nil {
			send(at, prometheus.GaugeValue, float64(d.ReadAt.UnixMilli())/1000, d.Name)
		}
		if d.Rules.By != byOthers {
			send(delivered, prometheus.GaugeValue, number(d.Rules.Delivered), d.Name)
		}
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
