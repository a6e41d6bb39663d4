package prove_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/internal/prove"
)

// small is how many scenarios the tests live through, always the same ones.
const small = "20"

// property lives through one invented scenario.
func property(t *rapid.T) {
	s := draw(t)
	faults, err := prove.Run(t.Context(), s)
	if err != nil {
		t.Fatalf("%v in this scenario:\n%s", err, s)
	}
	if len(faults) > 0 {
		t.Fatalf("%s", prove.Report(s, faults))
	}
}

// TestRulesAreProven lives through a few scenarios; with PROVETIME=10m through
// as many as there is time for.
func TestRulesAreProven(t *testing.T) {
	if text := os.Getenv("PROVETIME"); text != "" {
		long(t, text)
		return
	}
	if flag.Lookup("rapid.seed").Value.String() == "0" { // none was asked for
		set(t, "rapid.seed", "8")
	}
	set(t, "rapid.checks", small)
	set(t, "rapid.shrinktime", "20s")
	rapid.Check(t, property)
}

// long goes on until the time is over and says how far it is.
func long(t *testing.T, text string) {
	t.Helper()
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("read PROVETIME: %v", err)
	}
	set(t, "rapid.checks", "20")
	begin, lived := time.Now(), 0
	for time.Since(begin) < length {
		rapid.Check(t, func(t *rapid.T) {
			property(t)
			lived++
		})
		fmt.Fprintf(os.Stderr, "%8s  %d scenarios, no fault\n", time.Since(begin).Truncate(time.Second), lived)
	}
}

// set changes a flag for the length of a test.
func set(t *testing.T, name, value string) {
	t.Helper()
	f := flag.Lookup(name)
	before := f.Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set(name, before); err != nil {
			t.Error(err)
		}
	})
}
