// Package queryapi serves the part of Prometheus's HTTP API that headroom asks
// from any budget.Querier, so that a test has a metrics store whose data and
// time it decides.
package queryapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/budget"
)

// Handler answers /api/v1/query and /api/v1/query_range. Every other path is
// not found, as with servers that only have the query API.
func Handler(q budget.Querier) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/query", func(w http.ResponseWriter, r *http.Request) {
		at, err := parseTime(r.FormValue("time"))
		if err != nil {
			refuse(w, err)
			return
		}
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(r.FormValue("query"))
		if err != nil {
			refuse(w, err)
			return
		}
		list, err := q.Instant(r.Context(), r.FormValue("query"), at)
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, list, expr.Type() == parser.ValueTypeMatrix)
	})
	mux.HandleFunc("/api/v1/query_range", func(w http.ResponseWriter, r *http.Request) {
		start, err := parseTime(r.FormValue("start"))
		if err != nil {
			refuse(w, err)
			return
		}
		end, err := parseTime(r.FormValue("end"))
		if err != nil {
			refuse(w, err)
			return
		}
		step, err := strconv.ParseFloat(r.FormValue("step"), 64)
		if err != nil {
			refuse(w, err)
			return
		}
		list, err := q.Range(r.Context(), r.FormValue("query"), start, end, time.Duration(step*float64(time.Second)))
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, list, true)
	})
	return mux
}

func parseTime(s string) (time.Time, error) {
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read time %q: %w", s, err)
	}
	return time.UnixMilli(int64(seconds*1000 + 0.5)), nil
}

type series struct {
	Metric map[string]string `json:"metric"`
	Value  *[2]any           `json:"value,omitempty"`
	Values [][2]any          `json:"values,omitempty"`
}

func answer(w http.ResponseWriter, list []budget.Series, matrix bool) {
	result := []series{}
	for _, s := range list {
		one := series{Metric: s.Labels}
		if one.Metric == nil {
			one.Metric = map[string]string{}
		}
		for _, p := range s.Points {
			point := [2]any{float64(p.T) / 1000, strconv.FormatFloat(p.V, 'g', -1, 64)}
			if matrix {
				one.Values = append(one.Values, point)
			} else {
				one.Value = &point
			}
		}
		result = append(result, one)
	}
	kind := "vector"
	if matrix {
		kind = "matrix"
	}
	write(w, http.StatusOK, map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}})
}

func refuse(w http.ResponseWriter, err error) {
	write(w, http.StatusBadRequest, map[string]any{"status": "error", "errorType": "bad_data", "error": err.Error()})
}

func write(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // a client that went away hears nothing
}
