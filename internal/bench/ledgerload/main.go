// Command ledgerload measures a ledger of many objectives for the command
// bench. It has three parts, each run as a process of its own so that what one
// uses is not counted for another: fill writes a database, serve answers
// Prometheus's query API with fake data, and run opens the database, computes
// balances, and reads from the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "ledgerload: %v\n", err)
		os.Exit(1)
	}
}

// settings are the flags of every part.
type settings struct {
	path       string // of the database
	url        string // of the server
	objectives int
	days       int
	end        time.Time // of what fill writes
	window     time.Duration
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New("usage: ledgerload fill|serve|run FLAG…")
	}
	s := settings{end: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	flags := flag.NewFlagSet("ledgerload", flag.ContinueOnError)
	flags.StringVar(&s.path, "path", "", "the database")
	flags.StringVar(&s.url, "url", "", "the server's URL")
	flags.IntVar(&s.objectives, "objectives", 10_000, "how many objectives")
	flags.IntVar(&s.days, "days", 30, "how many days of slices")
	flags.DurationVar(&s.window, "window", 30*24*time.Hour, "the window of every objective")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "fill":
		return fill(ctx, s)
	case "serve":
		return serve(ctx, s, stdout)
	case "run":
		return measure(ctx, s, stdout)
	default:
		return fmt.Errorf("unknown part %q", args[0])
	}
}
