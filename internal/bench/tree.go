package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A big company's repository: treeFiles specs of treeObjectives objectives
// each, and what linting all of them and generating their rules may use.
const (
	treeFiles      = 2000
	treeObjectives = 5
	maxTreeSeconds = 4.0
	maxTreeBytes   = 300 << 20

	maxGenerateSeconds = 2.0
	maxGenerateBytes   = 250 << 20
)

// measureTree runs commands on the repository.
func measureTree(ctx context.Context, headroom, meter, dir string, runs int, stdout io.Writer, p *progress) error {
	tree, rules := filepath.Join(dir, "tree"), filepath.Join(dir, "rules.yaml")
	if err := writeTree(tree); err != nil {
		return err
	}
	var rows []commandRow
	for _, args := range [][]string{{"lint", tree}, {"generate", tree, "--output", rules}} {
		p.say("%s of %d objectives in %d files, %d times", args[0], treeFiles*treeObjectives, treeFiles, runs)
		u, err := median(runs, func() (usage, error) {
			if err := os.RemoveAll(rules); err != nil {
				return usage{}, fmt.Errorf("remove the rules of the run before: %w", err)
			}
			return command(ctx, meter, append([]string{headroom}, args...))
		})
		if err != nil {
			return err
		}
		rows = append(rows, commandRow{name: args[0], usage: u})
	}
	return writeTreeTable(stdout, rows)
}

// writeTree writes the repository, twenty services to a team, with objectives
// of every kind.
func writeTree(dir string) error {
	for i := range treeFiles {
		service := filepath.Join(dir, fmt.Sprintf("team-%d", i/20), fmt.Sprintf("service-%d", i))
		if err := os.MkdirAll(service, 0o700); err != nil {
			return fmt.Errorf("make a directory for a spec: %w", err)
		}
		if err := os.WriteFile(filepath.Join(service, "slo.yaml"), treeSpec(i), 0o600); err != nil {
			return fmt.Errorf("write a spec: %w", err)
		}
	}
	return nil
}

func treeSpec(i int) []byte {
	var b bytes.Buffer
	job := fmt.Sprintf("service-%d", i)
	fmt.Fprintf(&b, "headroom: v1\nservice: team-%d/%s\nowner: team-%d\nchannel: \"#team-%d\"\nlabels: {tier: \"%d\"}\nobjectives:\n", i/20, job, i/20, i/20, i%4)
	fmt.Fprintf(&b, "  availability:\n    target: 99.9%%\n    ratio:\n      bad: http_requests_total{job=%[1]q, code=~\"5..\"}\n      total: http_requests_total{job=%[1]q}\n", job)
	fmt.Fprintf(&b, "  regions:\n    target: 99.5%%\n    group: [region]\n    ratio:\n      good: http_requests_total{job=%[1]q, code!~\"5..\"} + grpc_server_handled_total{job=%[1]q, grpc_code=\"OK\"}\n      total: http_requests_total{job=%[1]q} + grpc_server_handled_total{job=%[1]q}\n", job)
	fmt.Fprintf(&b, "  latency:\n    target: 99%%\n    latency: {histogram: http_request_duration_seconds, where: '{job=%q}', under: 300ms}\n", job)
	fmt.Fprintf(&b, "  reachable:\n    target: 99.5%%\n    gauge: probe_success{job=\"blackbox\", instance=\"https://%s.example\"}\n", job)
	fmt.Fprintf(&b, "  pipelines:\n    target: 95%%\n    events: {kind: pipeline, where: 'branch == \"main\" && subject == \"%s\"', good: 'outcome == \"success\"'}\n", job)
	return b.Bytes()
}
