package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"headroom/slo/diag"
)

// tellProblems writes what is wrong in files to the log when it comes and when
// it is gone, looking at every interval until the context ends. Other problems
// are logged where they happen.
func (a *App) tellProblems(ctx context.Context, interval time.Duration) error {
	told := a.tellNew(ctx, nil)
	return every(ctx, interval, func(ctx context.Context) { told = a.tellNew(ctx, told) })
}

// tellNew logs the difference to what was told before, and returns what is.
func (a *App) tellNew(ctx context.Context, told map[string]bool) map[string]bool {
	present := map[string]bool{}
	for _, p := range a.Problems() {
		if p.File == "" {
			continue
		}
		text := p.String()
		if !told[text] && !present[text] {
			level := slog.LevelError
			if p.Severity == diag.Warning {
				level = slog.LevelWarn
			}
			a.Logger.Log(ctx, level, "a file has a problem", "problem", text, "help", p.Hint)
		}
		present[text] = true
	}
	for text := range told {
		if !present[text] {
			a.Logger.Info("a problem of a file is gone", "problem", text)
		}
	}
	return present
}

// dataDirectory is how hints speak of the data directory.
const dataDirectory = "the data directory"

// naming adds the path of the data directory to the hints that speak of it.
func naming(path string, problems []diag.Problem) []diag.Problem {
	for i, p := range problems {
		problems[i].Hint = strings.Replace(p.Hint, dataDirectory, dataDirectory+" "+path, 1)
	}
	return problems
}
