package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

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

func newPager(ctx context.Context) (*pager, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
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
