//go:build unix

package table_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"headroom/api/table"
)

func TestTerminals(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 101}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		environment map[string]string
		want        table.Options
	}{
		{map[string]string{"TERM": "xterm"}, table.Options{Color: true, Width: 101}},
		{map[string]string{"NO_COLOR": "1"}, table.Options{Width: 101}},
		{map[string]string{"TERM": "dumb", "COLUMNS": "60"}, table.Options{Width: 60}},
		{map[string]string{"COLUMNS": "wide"}, table.Options{Color: true, Width: 101}},
	} {
		got := table.For(terminal, func(name string) string { return test.environment[name] })
		if got != test.want {
			t.Errorf("%v: %+v, want %+v", test.environment, got, test.want)
		}
	}
}
