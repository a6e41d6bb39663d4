package archtest

import (
	"fmt"
	"strings"
)

// Module is the module path, the first element of every import of ours.
const Module = "headroom"

const prometheus = "github.com/prometheus/prometheus/"

// Package is one node of the import graph.
type Package struct {
	Path    string   // below the module: "slo/manifest"
	Name    string   // as its files declare it
	Imports []string // of files that are not tests
}

// CheckImports returns a sentence for each import that the design forbids: why
// it is forbidden and how to mend it.
func CheckImports(pkgs []Package) []string {
	var violations []string
	for _, pkg := range pkgs {
		layer, ok := layerOf(pkg.Path)
		if !ok {
			violations = append(violations, fmt.Sprintf(
				"package %s is in no layer: say in layers.go of internal/archtest which one it belongs to", pkg.Path))
			continue
		}
		for _, path := range pkg.Imports {
			if reason := checkImport(pkg.Path, layer, path); reason != "" {
				violations = append(violations, fmt.Sprintf("%s imports %s: %s", pkg.Path, path, reason))
			}
		}
	}
	return violations
}

func checkImport(pkg string, layer Layer, path string) string {
	if own, ok := strings.CutPrefix(path, Module+"/"); ok {
		return checkOwn(pkg, layer, own)
	}
	if strings.HasPrefix(path, prometheus) {
		return checkPrometheus(pkg, path)
	}
	if (layer == Domain || layer == Pure) && (path == "net/http" || path == "database/sql") {
		return "domain and pure packages know no network and no database, so that they run in CI and in tests alone; take a small interface and implement it in an adapter"
	}
	return ""
}

func checkOwn(pkg string, layer Layer, own string) string {
	to, ok := layerOf(own)
	switch {
	case !ok:
		return "" // said once, for the package itself
	case !mayImport(layer, to):
		return fmt.Sprintf("the layer %s must not depend on the layer %s; declare a small interface beside its user, or move the code to where both may reach it", layer, to)
	case layer == Adapter && to == Adapter && family(pkg) != family(own):
		return "adapters never import one another, so that each can be replaced alone; let internal/app hand one to the other through an interface"
	case own == "internal/config" && layer != App && layer != Program:
		return "only internal/app and the commands know the configuration; take what is needed in an Options struct"
	case own == "internal/strictyaml" && layer == Adapter:
		return "only what loads files reads YAML; take the loaded value in an Options struct"
	}
	return ""
}

// checkPrometheus lets everyone parse PromQL, and the engine alone run it.
func checkPrometheus(pkg, path string) string {
	rest := strings.TrimPrefix(path, prometheus)
	for _, free := range []string{"promql/parser", "model"} {
		if rest == free || strings.HasPrefix(rest, free+"/") {
			return ""
		}
	}
	if family(pkg) == "internal/engine" {
		return ""
	}
	return "only internal/engine imports Prometheus beyond its parser and model, since that API changes with every release; use the interface that internal/engine implements"
}

// CheckNames returns a sentence for each package whose name says nothing.
func CheckNames(pkgs []Package) []string {
	var violations []string
	for _, pkg := range pkgs {
		switch pkg.Name {
		case "util", "utils", "common", "helper", "helpers", "types", "models", "misc", "shared":
			violations = append(violations, fmt.Sprintf(
				"package %s is named %s, which says nothing at the call site: name it after the thing it provides", pkg.Path, pkg.Name))
		}
	}
	return violations
}
