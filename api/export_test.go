package api

import (
	"reflect"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/budget/insight"
)

// Served is a route as tests see it.
type Served struct {
	Method, Path, Scope string
}

// ServedBy returns every route that there can be. Each area of Options stands
// here, with nothing in it: a field that is missing panics.
func ServedBy() []Served {
	s := &service{Options: Options{
		Registry:    prometheus.NewRegistry(),
		Ledger:      struct{ Ledger }{},
		Gate:        struct{ Gate }{},
		Recorder:    struct{ Recorder }{},
		Corrections: struct{ Corrections }{},
		Insight:     new(insight.Insight),
		Notes:       struct{ Notes }{},
		Why:         struct{ Teller }{},
		Audit:       struct{ Auditor }{},
	}}
	options := reflect.ValueOf(&s.Options).Elem()
	for i := range options.NumField() {
		switch field := options.Field(i); {
		case field.Kind() == reflect.Func:
			field.Set(reflect.MakeFunc(field.Type(), nil))
		case field.Kind() == reflect.Interface && field.IsNil():
			panic("api: ServedBy leaves the routes of Options." + options.Type().Field(i).Name + " out")
		}
	}
	var all []Served
	for _, r := range s.routes() {
		all = append(all, Served{r.method, r.path, string(r.scope)})
	}
	return all
}
