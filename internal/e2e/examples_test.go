package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples does what `make run` does, on other ports: the example shop, the
// example specs, the example configuration, and a true status soon after.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "shop")
	if out, err := exec.Command("go", "build", "-o", binary, "headroom/examples/shop").CombinedOutput(); err != nil {
		t.Fatalf("build the example shop: %v\n%s", err, out)
	}
	address := freeAddress(t)
	shop := start(t, binary, "-quiet", "-listen", address)
	waitReady(t, shop, "http://"+address+"/metrics")

	text, err := os.ReadFile(filepath.Join(examples, "headroom.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const shopAddress = "127.0.0.1:8080"
	if !strings.Contains(string(text), shopAddress) {
		t.Fatalf("examples/headroom.yaml does not scrape the shop at %s", shopAddress)
	}
	config := strings.ReplaceAll(string(text), shopAddress, address)
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(examples)); err != nil {
		t.Fatal(err)
	}
	h := &headroom{t: t, dir: dir, config: writeFile(t, filepath.Join(dir, "examples", "headroom.yaml"), config)}
	h.start("--listen", "127.0.0.1:0")
	for _, id := range []string{
		"default/shop/availability", "default/shop/latency", "default/shop/pages",
		"platform/headroom/availability", "platform/headroom/latency", "platform/headroom/rules", "platform/headroom/reachable",
	} {
		eventually(t, "headroom measures "+id, func() (bool, string) {
			got := h.status(id)
			return got.total() > 0 && got.BudgetState != "unknown", got.String()
		})
	}
}
