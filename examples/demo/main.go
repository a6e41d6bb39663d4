// Command demo tells the story of an error budget in two minutes: a shop with
// real traffic, an outage, the page, the budget gone, a release that is held,
// recovery and the report. It runs the real headroom with its embedded engine
// in a directory of its own; everything but the hour of history before the
// start happens while you watch.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	headroom, shop, dir string
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&s.headroom, "headroom", "bin/headroom", "the headroom binary")
	flags.StringVar(&s.shop, "shop", "bin/shop", "the example shop's binary")
	flags.StringVar(&s.dir, "dir", "headroom-demo", "directory to work in; it is emptied first when an earlier demo made it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := prepare(&s); err != nil {
		return err
	}
	w, err := newWorld(ctx, s)
	if err != nil {
		return err
	}
	defer w.close()
	return tell(ctx, w, newNarrator(out))
}

// mark is in every directory that a demo made.
const mark = ".headroom-demo"

// prepare makes the directory new, and paths absolute. It empties no directory
// that is not a demo's.
func prepare(s *settings) error {
	for _, path := range []*string{&s.headroom, &s.shop, &s.dir} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("find %s: %w", *path, err)
		}
		*path = absolute
	}
	if entries, err := os.ReadDir(s.dir); err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(s.dir, mark)); err != nil {
			return fmt.Errorf("directory %s is not an earlier demo's: name another with -dir", s.dir)
		}
		if err := os.RemoveAll(s.dir); err != nil {
			return fmt.Errorf("empty %s: %w", s.dir, err)
		}
	}
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return fmt.Errorf("make %s: %w", s.dir, err)
	}
	return os.WriteFile(filepath.Join(s.dir, mark), nil, 0o600)
}
