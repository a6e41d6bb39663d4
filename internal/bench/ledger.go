package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const ledgerObjectives = 10_000

// ledgerFigures are what ledgerload reports.
type ledgerFigures struct {
	Cold          float64 `json:"cold_seconds"`
	ColdCPU       float64 `json:"cold_cpu_seconds"`
	Warm          float64 `json:"warm_seconds"`
	WarmCPU       float64 `json:"warm_cpu_seconds"`
	Correct       float64 `json:"correct_seconds"`
	CorrectCPU    float64 `json:"correct_cpu_seconds"`
	Corrected     float64 `json:"corrected_seconds"`
	CorrectedCPU  float64 `json:"corrected_cpu_seconds"`
	Tick          float64 `json:"tick_seconds"`
	TickCPU       float64 `json:"tick_cpu_seconds"`
	Backfill      float64 `json:"backfill_seconds"`
	BackfillBytes int64   `json:"backfill_bytes"`
	Resident      int64   `json:"resident_bytes"`
	Peak          int64   `json:"peak_bytes"`
	Disk          int64   `json:"disk_bytes"`
}

// measureLedger fills ledgers of many objectives and measures a service that
// keeps them, with the metrics store in a process of its own.
func measureLedger(ctx context.Context, s settings, stdout io.Writer, p *progress) (err error) {
	dir, err := os.MkdirTemp("", "headroom-bench-")
	if err != nil {
		return fmt.Errorf("make a directory for the ledgers: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	load := filepath.Join(dir, "ledgerload")
	if err := build(ctx, load, "headroom/internal/bench/ledgerload"); err != nil {
		return err
	}
	days := []int{31, 91}
	if s.quick {
		days = days[:1]
	}
	var figures []ledgerFigures
	for _, n := range days {
		path := filepath.Join(dir, fmt.Sprintf("%d.sqlite", n))
		p.say("filling a ledger of %d objectives with %d days", ledgerObjectives, n)
		if _, err := loadOutput(exec.CommandContext(ctx, load, "fill", "-path", path, "-objectives", strconv.Itoa(ledgerObjectives), "-days", strconv.Itoa(n))); err != nil {
			return err
		}
		p.say("opening it, balances, ticks, a backfill")
		f, err := loadRun(ctx, load, path)
		if err != nil {
			return err
		}
		figures = append(figures, f)
	}
	return writeLedger(stdout, days, figures)
}

// loadRun runs ledgerload against a server of its own.
func loadRun(ctx context.Context, load, path string) (f ledgerFigures, err error) {
	ctx, stop := context.WithCancel(ctx)
	objectives := []string{"-objectives", strconv.Itoa(ledgerObjectives)}
	server := exec.CommandContext(ctx, load, append([]string{"serve"}, objectives...)...)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		stop()
		return f, fmt.Errorf("start the server: %w", err)
	}
	if err := server.Start(); err != nil {
		stop()
		return f, fmt.Errorf("start the server: %w", err)
	}
	defer func() {
		stop()
		_ = server.Wait() // it was killed
	}()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return f, fmt.Errorf("read the server's address: %w", err)
	}
	text, err := loadOutput(exec.CommandContext(ctx, load, append([]string{"run", "-path", path, "-url", strings.TrimSpace(url)}, objectives...)...))
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("read what the ledger used: %w", err)
	}
	return f, nil
}

func loadOutput(cmd *exec.Cmd) ([]byte, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", strings.Join(cmd.Args[1:], " "), err)
	}
	return out, nil
}

func writeLedger(w io.Writer, days []int, list []ledgerFigures) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### A ledger of %d objectives, a slice each 5 minutes, windows of 30 days\n\n|", ledgerObjectives)
	for _, n := range days {
		fmt.Fprintf(&b, " | %d days kept", n)
	}
	b.WriteString(" | wanted, at most |\n|---|" + strings.Repeat("---|", len(days)+1) + "\n")
	const mebibyte = 1 << 20
	row := func(name, wanted, format string, value func(f ledgerFigures) []any) {
		b.WriteString("| " + name)
		for _, f := range list {
			b.WriteString(" | " + fmt.Sprintf(format, value(f)...))
		}
		b.WriteString(" | " + wanted + " |\n")
	}
	row("cold start until the first balances of all: wall, CPU", "10 s", "%.1f s, %.1f s", func(f ledgerFigures) []any { return []any{f.Cold, f.ColdCPU} })
	row("balances of all: wall, CPU", "200 ms", "%.0f ms, %.0f ms", func(f ledgerFigures) []any { return []any{1000 * f.Warm, 1000 * f.WarmCPU} })
	row("an hour a week excluded of all: until the balances of all, wall, CPU", "", "%.1f s, %.1f s", func(f ledgerFigures) []any { return []any{f.Correct, f.CorrectCPU} })
	row("balances of all while it is: wall, CPU", "200 ms", "%.0f ms, %.0f ms", func(f ledgerFigures) []any { return []any{1000 * f.Corrected, 1000 * f.CorrectedCPU} })
	row("a tick that brings all of them a slice: wall, CPU", "3 s, 2 s", "%.1f s, %.1f s", func(f ledgerFigures) []any { return []any{f.Tick, f.TickCPU} })
	row("reading 30 days of history of one objective: wall, memory", "5 s", "%.1f s, %d MiB", func(f ledgerFigures) []any { return []any{f.Backfill, f.BackfillBytes / mebibyte} })
	row("resident memory after it all, at most", "600 MiB", "%d MiB, %d MiB", func(f ledgerFigures) []any { return []any{f.Resident / mebibyte, f.Peak / mebibyte} })
	row("disk", "1.5 GB", "%.2f GB", func(f ledgerFigures) []any { return []any{float64(f.Disk) / 1e9} })
	if _, err := io.WriteString(w, b.String()+"\n"); err != nil {
		return fmt.Errorf("write the table of ledgers: %w", err)
	}
	return nil
}
