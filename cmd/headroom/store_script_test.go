package main

import (
	"net/http/httptest"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/rogpeppe/go-internal/testscript"

	"headroom/budget"
	"headroom/internal/engine"
	"headroom/internal/queryapi"
)

// keepStore is the script command "store INTERVAL FILE": it starts what answers
// queries as Prometheus does, at PROMETHEUS_URL, with the series of a file, each
// line in promqltest's notation. The last samples are of now.
func keepStore(ts *testscript.TestScript, _ bool, args []string) {
	interval, err := time.ParseDuration(args[0])
	ts.Check(err)
	lab, err := engine.NewLab(ts.MkAbs("store"))
	ts.Check(err)
	ts.Defer(func() { ts.Check(lab.Close()) })
	now := time.Now().Truncate(time.Second)
	for line := range strings.SplitSeq(strings.TrimSpace(ts.ReadFile(args[1])), "\n") {
		labels, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		ts.Check(err)
		var points []budget.Point
		for i, v := range values {
			at := now.Add(-time.Duration(len(values)-1-i) * interval)
			if !v.Omitted {
				points = append(points, budget.Point{T: at.UnixMilli(), V: v.Value})
			}
		}
		ts.Check(lab.Append(labels.Map(), points...))
	}
	server := httptest.NewServer(queryapi.Handler(lab))
	ts.Defer(server.Close)
	ts.Setenv("PROMETHEUS_URL", server.URL)
}
