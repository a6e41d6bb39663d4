package dashboards_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"

	"headroom/dashboards"
)

var registered sync.Once

// read reads a dashboard as strictly as the SDK can.
func read(t *testing.T, d dashboards.Dashboard) dashboard.Dashboard {
	t.Helper()
	registered.Do(plugins.RegisterDefaultPlugins)
	var got dashboard.Dashboard
	if err := got.UnmarshalJSONStrict(d.JSON); err != nil {
		t.Fatalf("%s: %v", d.Name, err)
	}
	if err := got.Validate(); err != nil {
		t.Fatalf("%s: %v", d.Name, err)
	}
	return got
}

// target is a query with the panel that asks it.
type target struct {
	panel   *dashboard.Panel
	ref     string
	expr    string
	instant bool
}

func targets(t *testing.T, d dashboard.Dashboard) []target {
	t.Helper()
	var list []target
	for _, p := range d.Panels {
		for _, q := range p.Panel.Targets {
			var query prometheus.Dataquery
			switch q := q.(type) {
			case prometheus.Dataquery:
				query = q
			case *prometheus.Dataquery:
				query = *q
			default:
				t.Fatalf("panel %q asks a %T", *p.Panel.Title, q)
			}
			list = append(list, target{
				panel: p.Panel, ref: *query.RefId, expr: query.Expr,
				instant: query.Instant != nil && *query.Instant,
			})
		}
	}
	return list
}

// interpolation is what Grafana takes for a variable
// (packages/grafana-data: variableRegex).
var interpolation = regexp.MustCompile(`\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^\}]+))?(?::([^\}]+))?\}`)

// interpolate puts values in for variables, and leaves those without a value
// as they are, as Grafana does.
func interpolate(s string, values map[string]string) string {
	return interpolation.ReplaceAllStringFunc(s, func(match string) string {
		groups := interpolation.FindStringSubmatch(match)
		name := groups[1] + groups[2] + groups[4]
		if value, ok := values[name]; ok {
			return value
		}
		return match
	})
}

// chooseAll are the values of a dashboard's variables when it opens.
func chooseAll(d dashboard.Dashboard) map[string]string {
	values := map[string]string{"__interval": "5m", "datasource": "uid"}
	for _, v := range d.Templating.List {
		if v.AllValue != nil {
			values[v.Name] = *v.AllValue
		}
	}
	return values
}

// chooseOne is the value of a variable with several values of which some are
// chosen, as Grafana writes it for Prometheus.
func chooseOne(values ...string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strings.ReplaceAll(regexp.QuoteMeta(v), `\`, `\\`)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "(" + strings.Join(quoted, "|") + ")"
}

// texts are all strings of a JSON document, keys included, in some order.
func texts(t *testing.T, document []byte) []string {
	t.Helper()
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	var list []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			list = append(list, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for key, e := range v {
				list = append(list, key)
				walk(e)
			}
		}
	}
	walk(v)
	slices.Sort(list)
	return list
}
