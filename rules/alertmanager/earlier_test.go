package alertmanager_test

import (
	"os"
	"strings"
	"testing"
)

// TestMergeReplacesWhatWasWrittenEarlier merges into a configuration that an
// earlier headroom wrote into, and that has routes of other tools for the alerts
// which the matcher of that time caught, too.
func TestMergeReplacesWhatWasWrittenEarlier(t *testing.T) {
	before, err := os.ReadFile("testdata/earlier.yml")
	if err != nil {
		t.Fatal(err)
	}
	after := string(merge(t, string(before)+"  - {source_matchers: ['slo=~\".+\"', 'a=\"b\"', 'c=\"d\"'], target_matchers: ['slo=~\".+\"', 'e=\"f\"'], equal: [slo]} # another tool's\n"))
	amtool(t, []byte(after), "check-config", "FILE")
	const routes, inhibitions = 4, 2
	if n := strings.Count(after, "# another tool's"); n != routes+inhibitions {
		t.Errorf("of %d entries of other tools %d are left:\n%s", routes+inhibitions, n, after)
	}
	// Each route has the matcher once, and each inhibition twice.
	if n := strings.Count(after, `slo=~".+"`); n != routes+2*inhibitions {
		t.Errorf("the matcher of earlier is there %d times, want those of other tools alone:\n%s", n, after)
	}
	if again := string(merge(t, after)); again != after {
		t.Errorf("merging again gives\n%s\nbefore\n%s", again, after)
	}
}

// TestMergeKeepsInhibitionsOfOthers has an inhibition that an earlier headroom
// might have written, in a configuration that it wrote nothing into.
func TestMergeKeepsInhibitionsOfOthers(t *testing.T) {
	after := string(merge(t, base+"- {source_matchers: ['slo=~\".+\"', 'severity=\"page\"'], target_matchers: ['slo=~\".+\"', 'severity=\"ticket\"'], equal: [slo]} # mine\n"))
	if !strings.Contains(after, "# mine") {
		t.Errorf("an inhibition of the operator's is gone:\n%s", after)
	}
}
