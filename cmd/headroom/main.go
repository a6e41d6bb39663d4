// Command headroom declares service level objectives, compiles them into rules
// and keeps their error budgets.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

//go:generate go test -run ^TestCommandReference$ . -args -update
//go:generate sh -c "go run . schema > ../../docs/slo.schema.json"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends what does not heed the first
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
