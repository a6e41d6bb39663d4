package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// objectiveCount is how many objectives the measured commands read.
const objectiveCount = 1000

// usage is what one command used, as the command measure reports it.
type usage struct {
	CPUSeconds float64 `json:"cpu_seconds"`
	PeakBytes  int64   `json:"peak_bytes"`
	ExitCode   int     `json:"exit_code"`
}

// measureCommands builds headroom and runs its commands on one big file.
func measureCommands(ctx context.Context, s settings, stdout io.Writer, p *progress) (err error) {
	dir, err := os.MkdirTemp("", "headroom-bench-")
	if err != nil {
		return fmt.Errorf("make a directory for the commands: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p.say("building headroom")
	headroom, meter := filepath.Join(dir, "headroom"), filepath.Join(dir, "measure")
	for binary, pkg := range map[string]string{headroom: "headroom/cmd/headroom", meter: "headroom/internal/bench/measure"} {
		if err := build(ctx, binary, pkg); err != nil {
			return err
		}
	}
	specs, rules := filepath.Join(dir, "slo.yaml"), filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(specs, manyObjectives(objectiveCount), 0o600); err != nil {
		return fmt.Errorf("write the objectives: %w", err)
	}
	runs := 5
	if s.quick {
		runs = 1
	}
	var rows []commandRow
	for _, c := range []struct {
		name string
		args []string
	}{
		{"generate", []string{"generate", specs, "--output", rules}},
		{"lint", []string{"lint", specs}},
	} {
		p.say("%s of %d objectives, %d times", c.name, objectiveCount, runs)
		u, err := median(runs, func() (usage, error) {
			if err := os.RemoveAll(rules); err != nil {
				return usage{}, fmt.Errorf("remove the rules of the run before: %w", err)
			}
			return command(ctx, meter, append([]string{headroom}, c.args...))
		})
		if err != nil {
			return err
		}
		rows = append(rows, commandRow{name: "headroom " + c.name, usage: u})
	}
	if err := writeCommands(stdout, rows); err != nil {
		return err
	}
	return measureTree(ctx, headroom, meter, dir, runs, stdout, p)
}

// build makes the binary as `make build` does: without cgo.
func build(ctx context.Context, binary, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", binary, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

func command(ctx context.Context, meter string, args []string) (usage, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, meter, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return usage{}, fmt.Errorf("measure %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	var u usage
	if err := json.Unmarshal(out, &u); err != nil {
		return usage{}, fmt.Errorf("read what %s used: %w", strings.Join(args, " "), err)
	}
	if u.ExitCode != 0 {
		return usage{}, fmt.Errorf("run %s: exit code %d\n%s", strings.Join(args, " "), u.ExitCode, stderr.Bytes())
	}
	return u, nil
}

// median returns the median of each figure by itself.
func median(runs int, once func() (usage, error)) (usage, error) {
	var cpu []float64
	var peak []int64
	for range runs {
		u, err := once()
		if err != nil {
			return usage{}, err
		}
		cpu, peak = append(cpu, u.CPUSeconds), append(peak, u.PeakBytes)
	}
	slices.Sort(cpu)
	slices.Sort(peak)
	return usage{CPUSeconds: cpu[runs/2], PeakBytes: peak[runs/2]}, nil
}

// manyObjectives writes n availability objectives, ten to a service, as
// documents of one file.
func manyObjectives(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		if i%10 == 0 {
			if i > 0 {
				b.WriteString("---\n")
			}
			fmt.Fprintf(&b, "headroom: v1\nservice: bench/service-%d\nowner: team-%d\nobjectives:\n", i/10, i/10)
		}
		fmt.Fprintf(&b, "  availability-%d:\n    target: 99.9%%\n    window: 30d\n    ratio:\n", i%10)
		fmt.Fprintf(&b, "      bad: http_requests_total{job=\"service-%d\", handler=\"/%d\", code=~\"5..\"}\n", i/10, i%10)
		fmt.Fprintf(&b, "      total: http_requests_total{job=\"service-%d\", handler=\"/%d\"}\n", i/10, i%10)
	}
	return b.Bytes()
}
