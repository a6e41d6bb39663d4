// Command shop is a small web shop that exports Prometheus metrics and sends
// itself customers over real HTTP, with a short incident every few minutes, so
// that the example objectives have something true to measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings are the flags.
type settings struct {
	listen   string
	rate     float64
	quiet    bool
	schedule schedule
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	flags.Float64Var(&s.rate, "rate", 50, "requests per second that the shop sends itself, 0 for none")
	flags.Float64Var(&s.schedule.baseline, "error-ratio", 0.001, "share of requests that fail outside incidents, 0 to 1")
	flags.DurationVar(&s.schedule.every, "incident-every", 10*time.Minute, "time from one incident to the next, 0 for none")
	flags.DurationVar(&s.schedule.length, "incident-for", 30*time.Second, "length of an incident")
	flags.Float64Var(&s.schedule.incident, "incident-ratio", 0.2, "share of requests that fail in an incident, 0 to 1")
	flags.DurationVar(&s.schedule.first, "incident-after", 30*time.Second, "time from the start to the first incident")
	flags.BoolVar(&s.quiet, "quiet", false, "log nothing but errors")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if s.rate < 0 || s.rate > maxRate {
		return settings{}, fmt.Errorf("-rate %v is not between 0 and %d", s.rate, maxRate)
	}
	return s, s.schedule.check()
}

// run returns the exit code: 0 after a stop, 1 when the shop cannot serve, 2
// for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 2
	}
	level := slog.LevelInfo
	if s.quiet {
		level = slog.LevelError
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	if err := serve(ctx, s, logger, stdout); err != nil {
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, s settings, logger *slog.Logger, stdout io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.listen, err)
	}
	shop := newShop(shopOptions{schedule: s.schedule, start: time.Now(), now: time.Now, wait: wait, logger: logger})
	server := &http.Server{Handler: shop, ReadHeaderTimeout: 5 * time.Second}
	url := "http://" + listener.Addr().String()
	if !s.quiet {
		fmt.Fprintf(stdout, "the shop is open at %s, its metrics at %s/metrics\n", url, url)
	}
	customers := newCustomers(url, s.rate)
	done := make(chan struct{})
	go func() {
		defer close(done)
		customers.run(ctx)
	}()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	<-done
	return shutdown(context.WithoutCancel(ctx), server)
}

func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("close the shop: %w", err)
	}
	return nil
}

// wait returns after a duration, or earlier when the context ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
