package promapi_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headroom/internal/promapi"
)

// reloads is a fake Prometheus that reads a rules file at each reload and
// refuses those that contain "bad".
type reloads struct {
	file string
	seen []string
}

func (r *reloads) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost || request.URL.Path != "/prom/-/reload" {
		http.Error(w, request.Method+" "+request.URL.Path, http.StatusNotFound)
		return
	}
	data, _ := os.ReadFile(r.file)
	r.seen = append(r.seen, string(data))
	if strings.Contains(string(data), "bad") {
		http.Error(w, "failed to reload config: one or more errors", http.StatusInternalServerError)
	}
}

func newDelivery(t *testing.T) (*promapi.Delivery, *reloads) {
	t.Helper()
	r := &reloads{file: filepath.Join(t.TempDir(), "headroom.yml")}
	client, _ := serve(t, promapi.Options{}, r.ServeHTTP)
	return &promapi.Delivery{RulesFile: r.file, Previous: filepath.Join(t.TempDir(), "previous"), Client: client}, r
}

func apply(t *testing.T, d *promapi.Delivery, text string) {
	t.Helper()
	if err := d.Apply(context.Background(), []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDeliveryReplacesAndKeepsPrevious(t *testing.T) {
	d, server := newDelivery(t)
	apply(t, d, "one")
	apply(t, d, "one")
	apply(t, d, "two")
	if got := strings.Join(server.seen, " "); got != "one two" {
		t.Errorf("reloaded with %q, want each once", got)
	}
	if got := content(t, d.Previous); got != "one" {
		t.Errorf("previous is %q", got)
	}
	info, err := os.Stat(d.RulesFile)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v, want readable by the user that Prometheus runs as", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(d.RulesFile))
	if err != nil || len(entries) != 1 {
		t.Errorf("a glob of rule_files would load: %v, %v", entries, err)
	}
}

// TestDeliveryOfWhatIsGone takes the file away, once while the server is away,
// too, so that the reload has to be tried again.
func TestDeliveryOfWhatIsGone(t *testing.T) {
	d, server := newDelivery(t)
	apply(t, d, "one")
	take := func() {
		t.Helper()
		if err := os.Remove(d.RulesFile); err != nil || !d.Gone() {
			t.Fatalf("gone: %t, %v", d.Gone(), err)
		}
	}
	take()
	apply(t, d, "one")
	if got := strings.Join(server.seen, " "); got != "one one" || d.Gone() {
		t.Errorf("reloaded with %q, gone: %t", got, d.Gone())
	}
	take()
	there := d.Client
	d.Client = newClient(t, promapi.Options{URL: parse(t, "http://"+freeAddress(t))})
	if err := d.Apply(t.Context(), []byte("one")); err == nil || d.Gone() {
		t.Errorf("%v, gone: %t, want the file for the next start", err, d.Gone())
	}
	d.Client = there
	apply(t, d, "one")
	if got := strings.Join(server.seen, " "); got != "one one one" {
		t.Errorf("reloaded with %q", got)
	}
}

// TestDeliveryRemovesTheFormerCopy has copies at the name that earlier versions
// used: one of ours, and one of somebody else.
func TestDeliveryRemovesTheFormerCopy(t *testing.T) {
	for text, removed := range map[string]bool{"# ours\nold": true, "# theirs\nold": false} {
		d, _ := newDelivery(t)
		write(t, d.RulesFile+".previous", text)
		apply(t, d, "# ours\nnew")
		if _, err := os.Stat(d.RulesFile + ".previous"); errors.Is(err, fs.ErrNotExist) != removed {
			t.Errorf("%q: removed %t (%v)", text, !removed, err)
		}
	}
}

func TestDeliveryKeepsMode(t *testing.T) {
	d, _ := newDelivery(t)
	write(t, d.RulesFile, "old")
	if err := os.Chmod(d.RulesFile, 0o640); err != nil {
		t.Fatal(err)
	}
	apply(t, d, "new")
	if info, err := os.Stat(d.RulesFile); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDeliveryRollsBack(t *testing.T) {
	d, server := newDelivery(t)
	apply(t, d, "one")
	err := d.Apply(context.Background(), []byte("bad"))
	if err == nil || !strings.Contains(err.Error(), "one or more errors") || !strings.Contains(err.Error(), "the former rules are active again") {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(server.seen, " "); got != "one bad one" || content(t, d.RulesFile) != "one" {
		t.Errorf("reloaded with %q, file %q", got, content(t, d.RulesFile))
	}
	apply(t, d, "two")
}

func TestDeliveryBlamesTheRest(t *testing.T) {
	d, _ := newDelivery(t)
	write(t, d.RulesFile, "bad before")
	err := d.Apply(context.Background(), []byte("also bad"))
	if err == nil || !strings.Contains(err.Error(), "refuses that too") {
		t.Errorf("got %v", err)
	}
}

// TestDeliveryTriesAgain delivers while the server is away: the file waits for
// it, and the next Apply reloads although the file is the same.
func TestDeliveryTriesAgain(t *testing.T) {
	d, server := newDelivery(t)
	there := d.Client
	d.Client = newClient(t, promapi.Options{URL: parse(t, "http://"+freeAddress(t))})
	var unreachable *promapi.Error
	if err := d.Apply(context.Background(), []byte("one")); !errors.As(err, &unreachable) || unreachable.Kind != promapi.KindUnreachable {
		t.Errorf("got %v", err)
	}
	if content(t, d.RulesFile) != "one" {
		t.Error("the file does not wait for the server")
	}
	d.Client = there
	apply(t, d, "one")
	if strings.Join(server.seen, " ") != "one" {
		t.Errorf("reloaded with %v", server.seen)
	}
}

// TestDeliveryBehindProxy has a proxy answer for a server that is away: that is
// no refusal of the rules.
func TestDeliveryBehindProxy(t *testing.T) {
	client, _ := serve(t, promapi.Options{}, answer(http.StatusBadGateway, "text/html", "<p>bad gateway</p>"))
	d := &promapi.Delivery{RulesFile: filepath.Join(t.TempDir(), "headroom.yml"), Client: client}
	write(t, d.RulesFile, "old")
	if err := d.Apply(context.Background(), []byte("new")); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("got %v", err)
	}
	if got := content(t, d.RulesFile); got != "new" {
		t.Errorf("file is %q, want the new one for the next start", got)
	}
}

func TestDeliveryWithoutClient(t *testing.T) {
	d := &promapi.Delivery{RulesFile: filepath.Join(t.TempDir(), "headroom.yml")}
	apply(t, d, "one")
	if content(t, d.RulesFile) != "one" {
		t.Error("nothing written")
	}
}

func TestDeliveryIntoMissingDirectory(t *testing.T) {
	d := &promapi.Delivery{RulesFile: filepath.Join(t.TempDir(), "missing", "headroom.yml")}
	if err := d.Apply(context.Background(), []byte("one")); err == nil || !strings.Contains(err.Error(), "headroom.yml") {
		t.Errorf("got %v, want the path named", err)
	}
}
