// Command measure runs a command and prints what it used as JSON. It is a
// program of its own, and a small one, because Linux counts the memory of the
// process that starts a command in the command's peak: started by a big one,
// every command looks big.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Usage is what a command used.
type Usage struct {
	CPUSeconds float64 `json:"cpu_seconds"` // user and system
	PeakBytes  int64   `json:"peak_bytes"`  // resident
	ExitCode   int     `json:"exit_code"`
}

func main() { os.Exit(run(context.Background(), os.Args[1:])) }

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: measure COMMAND [ARGUMENT…]")
		return 2
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	state := cmd.ProcessState
	if state == nil {
		fmt.Fprintf(os.Stderr, "measure: run %s: %v\n", args[0], err)
		return 1
	}
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		fmt.Fprintln(os.Stderr, "measure: this system does not report resource usage")
		return 1
	}
	cpu := state.UserTime() + state.SystemTime()
	const kilobyte = 1024
	report := Usage{CPUSeconds: cpu.Seconds(), PeakBytes: usage.Maxrss * kilobyte, ExitCode: state.ExitCode()}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		fmt.Fprintf(os.Stderr, "measure: %v\n", err)
		return 1
	}
	return 0
}
