package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"headroom/internal/loopback"
)

// world is everything around the story: the shop, the service, and an
// Alertmanager that only listens.
type world struct {
	settings
	shopAddress string
	url         string
	pager       *pager
	running     []*exec.Cmd
}

func newWorld(ctx context.Context, s settings) (*world, error) {
	p, err := newPager(ctx)
	if err != nil {
		return nil, err
	}
	address, err := loopback.Address(ctx)
	if err != nil {
		return nil, err
	}
	w := &world{settings: s, shopAddress: address, pager: p}
	return w, w.writeFiles(p.url())
}

func (w *world) close() {
	for i := len(w.running) - 1; i >= 0; i-- {
		_ = w.running[i].Process.Signal(syscall.SIGTERM)
		_ = w.running[i].Wait()
	}
	w.pager.close()
}

// start runs a program until the world closes; its output goes to a log file.
func (w *world) start(ctx context.Context, logName, binary string, args ...string) error {
	log, err := os.Create(filepath.Join(w.dir, logName))
	if err != nil {
		return fmt.Errorf("make a log: %w", err)
	}
	defer func() { _ = log.Close() }() // the program has its own handle
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.dir, log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", binary, err)
	}
	w.running = append(w.running, cmd)
	return nil
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts the service and waits until it says where it listens.
func (w *world) serve(ctx context.Context) error {
	if err := w.start(ctx, "headroom.log", w.headroom, "serve", "--config", "headroom.yaml"); err != nil {
		return err
	}
	return w.until(ctx, "headroom serves", func() bool {
		log, err := os.ReadFile(filepath.Join(w.dir, "headroom.log"))
		if err != nil {
			return false
		}
		w.url = address.FindString(string(log))
		return w.url != "" && answers(ctx, w.url+"/readyz")
	})
}

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// command runs headroom in the demo's directory and returns what it printed
// and its exit code.
func (w *world) command(ctx context.Context, args ...string) (output string, code int, err error) {
	cmd := exec.CommandContext(ctx, w.headroom, args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "HEADROOM_URL="+w.url, "NO_COLOR=1", "COLUMNS=110")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return out.String(), exit.ExitCode(), nil
	}
	return out.String(), 0, err
}

// balance is what the story needs of a status.
type balance struct {
	ID          string   `json:"id"`
	Data        string   `json:"data"`
	BudgetState string   `json:"budget_state"`
	Total       *float64 `json:"total"`
	Bad         *float64 `json:"bad"`
	Budget      struct {
		Remaining *float64 `json:"remaining"`
	} `json:"budget"`
}

// balance asks for the status of one objective.
func (w *world) balance(ctx context.Context, id string) (balance, error) {
	output, code, err := w.command(ctx, "status", "--json")
	if err != nil || code != 0 {
		return balance{}, fmt.Errorf("ask for the status: exit code %d: %w: %s", code, err, output)
	}
	var all []balance
	if err := json.Unmarshal([]byte(output), &all); err != nil {
		return balance{}, fmt.Errorf("read the status: %w", err)
	}
	for _, b := range all {
		if b.ID == id {
			return b, nil
		}
	}
	return balance{}, fmt.Errorf("%s is not in the status", id)
}

// patience bounds every wait of the story.
const patience = 4 * time.Minute

// until polls twice a second.
func (w *world) until(ctx context.Context, what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for: %s: %w (see the logs in %s)", what, ctx.Err(), w.dir)
		case <-tick.C:
		}
	}
	return nil
}
