package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
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

func newWorld(s settings) (*world, error) {
	p, err := newPager()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
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
func (w *world) start(logName, binary string, args ...string) error {
	log, err := os.Create(filepath.Join(w.dir, logName))
	if err != nil {
		return fmt.Errorf("make a log: %w", err)
	}
	defer func() { _ = log.Close() }() // the program has its own handle
	cmd := exec.Command(binary, args...)
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
	if err := w.start("headroom.log", w.headroom, "serve", "--config", "headroom.yaml"); err != nil {
		return err
	}
	return w.until(ctx, "headroom serves", func() bool {
		log, err := os.ReadFile(filepath.Join(w.dir, "headroom.log"))
		if err != nil {
			return false
		}
		w.url = address.FindString(string(log))
		return w.url != "" && w.answers(w.url+"/readyz")
	})
}

func (w *world) answers(url string) bool {
	client := http.Client{Timeout: 2 * time.Second}
	resp, err := client.Get(url)
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
const patience = 75 * time.Second

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

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// pager stands where an Alertmanager would: it takes alerts and remembers them.
type pager struct {
	listener net.Listener
	server   *http.Server
	mu       sync.Mutex
	alerts   map[string]alert
}

type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	EndsAt      time.Time         `json:"endsAt"`
}

func newPager() (*pager, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for alerts: %w", err)
	}
	p := &pager{listener: l, alerts: map[string]alert{}}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Second}
	go func() { _ = p.server.Serve(l) }()
	return p, nil
}

func (p *pager) url() string { return "http://" + p.listener.Addr().String() }

func (p *pager) close() { _ = p.server.Close() }

// ServeHTTP takes what is posted to Alertmanager's API.
func (p *pager) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var alerts []alert
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/alerts") {
		http.NotFound(rw, r)
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 1<<20)).Decode(&alerts); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range alerts {
		p.alerts[a.Labels["slo"]+" "+a.Labels["severity"]] = a
	}
}

// page returns the page of an objective and whether it fires.
func (p *pager) page(id string) (a alert, firing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, found := p.alerts[id+" page"]
	return a, found && a.EndsAt.After(time.Now())
}
