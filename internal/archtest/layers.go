package archtest

import "strings"

// Layer is a ring of the module. A package may import its own layer and those
// that its layer lists, nothing else of ours.
type Layer string

// The layers, from the inside out.
const (
	Domain  Layer = "domain"  // what an objective is: no clock, no network, no file
	Leaf    Layer = "leaf"    // serves one purpose and knows nothing of the service
	Pure    Layer = "pure"    // computes on the domain: plans, rules, budget arithmetic
	Adapter Layer = "adapter" // speaks to the outside: stores, engines, HTTP
	Support Layer = "support" // what tests measure against; no part of the product
	App     Layer = "app"     // joins adapters into the service
	Program Layer = "program" // commands, examples, tests of the whole
)

// layerOf says in which layer a package is, by its path below the module. A
// path covers what is below it, unless the same path with "/..." says otherwise;
// the longest match counts.
func layerOf(pkg string) (Layer, bool) {
	table := map[string]Layer{
		"slo":                      Domain,
		"slo/manifest":             Pure,
		"slo/registry":             Pure,
		"slo/defaults":             Pure,
		"slo/plans":                Pure,
		"slo/catalog":              Pure,
		"slo/live":                 Pure,
		"alerting":                 Pure,
		"alerting/slack":           Adapter,
		"alerting/alertmanager":    Adapter,
		"rules":                    Pure,
		"rules/ruler":              Adapter,
		"budget":                   Pure,
		"dashboards":               Pure,
		"budget/sqlite":            Adapter,
		"api":                      Adapter,
		"collectors":               Pure,
		"collectors/...":           Adapter,
		"internal/engine":          Adapter,
		"internal/promapi":         Adapter,
		"api/figure":               Leaf,
		"internal/strictyaml":      Leaf,
		"internal/atomicfile":      Leaf,
		"internal/config":          Leaf,
		"internal/transport":       Leaf,
		"internal/loopback":        Leaf,
		"internal/schedule":        Leaf,
		"internal/spool":           Leaf,
		"internal/tidy":            Leaf,
		"internal/version":         Leaf,
		"internal/alarms":          Support,
		"internal/sim":             Support,
		"internal/truth":           Support,
		"internal/queriertest":     Support,
		"internal/queryapi":        Support,
		"api/apitest":              Support,
		"collectors/collectortest": Support,
		"rules/ruler/rulertest":    Support,
		"internal/app":             App,
		"internal/trial":           App,
		"slo/slotest":              Pure,
		"internal/archtest":        Program,
		"internal/e2e":             Program,
		"internal/bench":           Program,
		"internal/prove":           Program,
		"cmd":                      Program,
		"docs":                     Leaf,
		"docs/checks":              Leaf,
		"docs/openapi":             Leaf,
		"examples":                 Program,
		"tools":                    Program,
	}
	for path := pkg; path != ""; path = parent(path) {
		if layer, ok := table[path+"/..."]; ok && path != pkg {
			return layer, true
		}
		if layer, ok := table[path]; ok {
			return layer, true
		}
	}
	return "", false
}

// mayImport lists the layers that a layer may import besides itself.
func mayImport(from, to Layer) bool {
	allowed := map[Layer][]Layer{
		Domain:  nil,
		Leaf:    {Domain},
		Pure:    {Domain, Leaf},
		Adapter: {Domain, Leaf, Pure},
		Support: {Domain, Leaf, Pure},
		App:     {Domain, Leaf, Pure, Adapter},
		Program: {Domain, Leaf, Pure, Adapter, Support, App},
	}
	if from == to {
		return true
	}
	for _, layer := range allowed[from] {
		if layer == to {
			return true
		}
	}
	return false
}

// family is the adapter that a package belongs to: api/v1 and api/client are
// parts of api, but two collectors are two adapters.
func family(pkg string) string {
	parts := strings.Split(pkg, "/")
	if len(parts) > 1 && (parts[0] == "internal" || parts[0] == "budget" || parts[0] == "collectors") {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func parent(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return ""
	}
	return path[:i]
}
