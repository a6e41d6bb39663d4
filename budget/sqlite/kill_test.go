package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/sqlite"
	"headroom/slo"
)

// writerEnv makes the test binary a writer of the database it names.
const writerEnv = "HEADROOM_TEST_LEDGER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// groups is how many series one tick of the writer writes.
const groups = 5

func region(i int) string { return "r" + strconv.Itoa(i) }

// writeUntilKilled continues the ledger tick by tick, each a slice in every
// group, and prints the number of each tick once it is acknowledged.
func writeUntilKilled(path string) error {
	ctx, o := context.Background(), objective("availability")
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return err
	}
	l, err := budget.OpenLedger(ctx, budget.LedgerOptions{Store: s})
	if err != nil {
		return err
	}
	if err := l.SetObjectives(ctx, []*slo.Objective{o}, epoch); err != nil {
		return err
	}
	for n := len(all(l, keyOf(o, region(groups-1)))); ; n++ {
		for g := range groups {
			// The slice before comes again, as after a restart.
			if _, err := l.Add(ctx, keyOf(o, region(g)), epoch, step(max(0, n-1)), step(n)); err != nil {
				return err
			}
		}
		fmt.Println(n)
	}
}

// acknowledged starts a writer, kills it at some moment and returns the last
// tick that it acknowledged, -1 for none.
func acknowledged(t *testing.T, path string, after time.Duration) int {
	t.Helper()
	writer := exec.CommandContext(t.Context(), os.Args[0])
	writer.Env = append(os.Environ(), writerEnv+"="+path)
	writer.Stderr = os.Stderr
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	last, lines := -1, bufio.NewScanner(out)
	for lines.Scan() {
		if last < 0 {
			time.AfterFunc(after, func() { _ = writer.Process.Kill() })
		}
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Wait(); err == nil || last < 0 {
		t.Fatalf("the writer ended by itself after tick %d: %v", last, err)
	}
	return last
}

func TestKillLosesNothingAndDoublesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	o := objective("availability")
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		last := acknowledged(t, path, time.Duration(random.IntN(40_000))*time.Microsecond)
		s := open(t, path)
		l := ledger(t, s, o)
		for g := range groups {
			got := all(l, keyOf(o, region(g)))
			var want []budget.Slice
			for n := range len(got) {
				want = append(want, step(n))
			}
			if len(got) <= last || len(got) > last+2 || !slices.Equal(got, want) {
				t.Fatalf("round %d: group %d has %d slices, %d ticks were acknowledged", round, g, len(got), last+1)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
