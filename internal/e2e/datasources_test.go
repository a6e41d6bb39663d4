package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTwoPrometheis reads one objective from a Prometheus each, with rules of its
// own in each. One of them hangs then, and the other one's budget goes on.
func TestTwoPrometheis(t *testing.T) {
	near, far := startShop(t), startShop(t)
	near.customers(t, 20)
	far.customers(t, 20)
	one := startPrometheus(t, map[string]string{"shop": near.address()}, "")
	two := startPrometheus(t, map[string]string{"cart": far.address()}, "")
	h := startHeadroom(t, fmt.Sprintf(`target: prometheus-2.42
datasources:
- {name: one, url: %q, rules_file: %q, objectives: {services: [shop]}, timeout: 5s}
- {name: two, url: %q, rules_file: %q, timeout: 5s}
`, one.url, one.rulesFile, two.url, two.rulesFile))
	writeFile(t, filepath.Join(h.dir, "specs", "cart.slo.yaml"), strings.ReplaceAll(shopSpec, "shop", "cart"))

	const cart = "default/cart/availability"
	measured := func(id string, least float64) {
		t.Helper()
		eventually(t, id+" is measured", func() (bool, string) {
			s := h.status(id)
			return s.total() > least && s.bad() == 0, s.String()
		})
	}
	measured(availability, 100)
	measured(cart, 100)
	for file, want := range map[string]string{one.rulesFile: availability, two.rulesFile: cart} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(text); !strings.Contains(text, want) || strings.Contains(text, "default/shop/") == strings.Contains(text, "default/cart/") {
			t.Errorf("%s has not the rules of %s alone", file, want)
		}
	}

	hung := two.process.cmd.Process
	_ = hung.Signal(syscall.SIGSTOP)                       // what is not stopped fails the test below
	t.Cleanup(func() { _ = hung.Signal(syscall.SIGCONT) }) // so that it can end
	measured(availability, h.status(availability).total()+200)
	eventually(t, "the Prometheus that hangs is named", func() (bool, string) {
		body, _, err := get(h.url + "/api/v1/problems")
		return err == nil && strings.Contains(string(body), "datasource two: "), string(body)
	})
	if body, code, err := get(h.url + "/readyz"); err != nil || code != http.StatusOK {
		t.Errorf("/readyz: %d %v %s", code, err, body)
	}
}
