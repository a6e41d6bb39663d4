package e2e

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestDisturbedReaders runs three readers of one Prometheus: one in peace, one
// killed in the middle of the outage, one cut off from Prometheus. Afterwards
// all three must say the same.
func TestDisturbedReaders(t *testing.T) {
	t.Parallel()
	s := startShop(t)
	p := startPrometheus(t, map[string]string{"shop": s.address()}, "")
	wire := startWire(t, strings.TrimPrefix(p.url, "http://"))
	peace := startHeadroom(t, external(p.url, p.rulesFile))
	killed := startHeadroom(t, external(p.url, ""))
	cutOff := startHeadroom(t, external("http://"+wire.address(), ""))
	for _, h := range []*headroom{peace, killed, cutOff} {
		measuring(t, h)
	}
	stop := s.customers(t, requestsPerSecond)
	traffic(8 * time.Second)
	s.down.Store(true)
	killed.kill()
	wire.cut()
	traffic(24 * time.Second)
	s.down.Store(false)
	killed.start()
	wire.mend(t)
	traffic(4 * time.Second)
	killed.kill()
	killed.start()
	stop()
	settles(t, peace, availability, s.answered.Load(), s.failed.Load())
	for name, h := range map[string]*headroom{"killed": killed, "cut off": cutOff} {
		eventually(t, name+" says what the undisturbed one says", func() (bool, string) {
			want, got := peace.status(availability), h.status(availability)
			return want.total() == got.total() && want.bad() == got.bad() && *got.Coverage >= 0.99, want.String() + " / " + got.String()
		})
	}
}

// TestPrometheusAway stops Prometheus itself during the outage; the counters
// go on, and what they counted meanwhile must not be lost.
func TestPrometheusAway(t *testing.T) {
	t.Parallel()
	s := startShop(t)
	p := startPrometheus(t, map[string]string{"shop": s.address()}, "")
	h := startHeadroom(t, external(p.url, p.rulesFile))
	measuring(t, h)
	stop := s.customers(t, requestsPerSecond)
	traffic(12 * time.Second)
	s.down.Store(true)
	traffic(3 * time.Second)
	p.stop()
	traffic(20 * time.Second)
	p.start()
	traffic(3 * time.Second)
	s.down.Store(false)
	traffic(12 * time.Second)
	stop()
	settles(t, h, availability, s.answered.Load(), s.failed.Load())
}

// TestEmbeddedKilled kills headroom with its engine, so that nobody scrapes
// for a while.
func TestEmbeddedKilled(t *testing.T) {
	t.Parallel()
	s, am := startShop(t), startAlertmanager(t)
	h := startHeadroom(t, embedded(s, am.address))
	measuring(t, h)
	stop := s.customers(t, requestsPerSecond)
	traffic(12 * time.Second)
	s.down.Store(true)
	traffic(3 * time.Second)
	h.kill()
	traffic(20 * time.Second)
	h.start()
	traffic(3 * time.Second)
	s.down.Store(false)
	traffic(12 * time.Second)
	stop()
	settles(t, h, availability, s.answered.Load(), s.failed.Load())
}

// wire is a TCP proxy that can be cut.
type wire struct {
	target   string
	listen   string
	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
}

func startWire(t *testing.T, target string) *wire {
	t.Helper()
	w := &wire{target: target, listen: "127.0.0.1:0", open: map[net.Conn]bool{}}
	w.mend(t)
	w.listen = w.address()
	t.Cleanup(w.cut)
	return w
}

func (w *wire) address() string { return w.listener.Addr().String() }

func (w *wire) mend(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", w.listen)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.listener = l
	w.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.join(c)
		}
	}()
}

func (w *wire) join(c net.Conn) {
	up, err := net.Dial("tcp", w.target)
	if err != nil {
		_ = c.Close()
		return
	}
	w.mu.Lock()
	w.open[c], w.open[up] = true, true
	w.mu.Unlock()
	go func() { _, _ = io.Copy(up, c); _ = up.Close() }()
	_, _ = io.Copy(c, up)
	_ = c.Close()
	w.mu.Lock()
	delete(w.open, c)
	delete(w.open, up)
	w.mu.Unlock()
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for c := range w.open {
		_ = c.Close()
	}
}
