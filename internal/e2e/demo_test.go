package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo runs what `make demo` runs and reads along.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, program := range []string{"shop", "demo"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, program), "headroom/examples/"+program).CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
	}
	work := filepath.Join(dir, "work")
	out, err := exec.Command(filepath.Join(dir, "demo"), "-headroom", headroomBinary, "-shop", filepath.Join(dir, "shop"), "-dir", work).CombinedOutput()
	story := string(out)
	if err != nil {
		t.Fatalf("the demo ended with %v:\n%s", err, story)
	}
	rest := strings.Join(strings.Fields(story), " ") // lines are wrapped
	for _, line := range []string{
		"$ headroom status", "healthy",
		"$ headroom gate shop", "ALLOWED",
		"$ headroom exec", "released version 2",
		"The page is out.", "times as fast as its target of 99.5% over 1h allows",
		"the budget of the hour is gone", "exhausted",
		"--change feature", "HELD", "overdrawn", "$ echo $? 3 ",
		"--change rollback", "ALLOWED",
		"the page has resolved",
		"The report of the last hour, in the form in which the team's channel gets it every Monday:", "$ headroom report", "shop/availability",
		"$ headroom dashboards",
	} {
		_, after, found := strings.Cut(rest, line)
		if !found {
			t.Fatalf("the story lacks %q after what came before:\n%s", line, story)
		}
		rest = after
	}
	if boards, err := filepath.Glob(filepath.Join(work, "dashboards", "*.json")); err != nil || len(boards) < 3 {
		t.Errorf("dashboards: %v %v", boards, err)
	}
}
