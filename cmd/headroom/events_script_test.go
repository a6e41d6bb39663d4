package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/auth"
	"headroom/collectors/collectortest"
)

// collector is a service that records events; a script can take it away and
// bring it back at the same address.
type collector struct {
	recorder *collectortest.Recorder
	handler  http.Handler
	address  string
	server   *http.Server
}

type collectorKey struct{}

// collect is the script command "collector": alone it starts a service and
// sets HEADROOM_URL and HEADROOM_TOKEN; "stop", "start", "fail", "forget" and "mend" change
// how it is.
func collect(ts *testscript.TestScript, _ bool, args []string) {
	c, ok := ts.Value(collectorKey{}).(*collector)
	if !ok {
		ts.Fatalf("no collector")
	}
	verb := "new"
	if len(args) > 0 {
		verb = args[0]
	}
	switch verb {
	case "new":
		c.begin(ts)
		ts.Defer(c.stop)
	case "stop":
		c.stop()
	case "start":
		c.start(ts)
	case "fail":
		c.recorder.Fail(errors.New("disk full"))
	case "forget":
		c.recorder.DropBefore(time.Now().Add(-90 * 24 * time.Hour))
	case "mend":
		c.recorder.Fail(nil)
	default:
		ts.Fatalf("collector cannot %s", verb)
	}
}

func (c *collector) begin(ts *testscript.TestScript) {
	token := auth.Generate()
	tokens, err := auth.New([]auth.Token{{Name: "ci", Hash: auth.HashOf(token), Scopes: []auth.Scope{auth.Events}}})
	ts.Check(err)
	c.recorder = &collectortest.Recorder{}
	c.handler, err = api.New(api.Options{Statuses: apitest.Statuses, Registry: prometheus.NewRegistry(), Recorder: c.recorder, Tokens: tokens})
	ts.Check(err)
	c.address = "127.0.0.1:0"
	c.start(ts)
	ts.Setenv(urlVariable, "http://"+c.address)
	ts.Setenv(tokenVariable, token)
	ts.Setenv("XDG_STATE_HOME", ts.MkAbs("state"))
}

func (c *collector) start(ts *testscript.TestScript) {
	listener, err := net.Listen("tcp", c.address)
	ts.Check(err)
	c.address = listener.Addr().String()
	c.server = &http.Server{Handler: c.handler}
	go func() { _ = c.server.Serve(listener) }()
}

func (c *collector) stop() {
	if c.server != nil {
		_ = c.server.Close()
	}
}

// collected writes what was recorded into a file, one line for each run,
// without its times: collected [--until TEXT] FILE. With a text it waits for it.
func collected(ts *testscript.TestScript, _ bool, args []string) {
	c, ok := ts.Value(collectorKey{}).(*collector)
	if !ok || len(args) != 1 && len(args) != 3 {
		ts.Fatalf("usage: collected [--until TEXT] FILE")
	}
	lines := c.lines()
	for range 1500 {
		if len(args) == 1 || strings.Contains(lines, args[1]) {
			break
		}
		time.Sleep(20 * time.Millisecond)
		lines = c.lines()
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[len(args)-1]), []byte(lines), 0o600))
}

func (c *collector) lines() string {
	var text strings.Builder
	for _, e := range c.recorder.Events() {
		times := "running"
		if e.Settled() {
			times = "took"
			if e.Started.IsZero() || e.Finished.Before(e.Started) {
				times = "TIMES WRONG"
			}
		}
		fmt.Fprintf(&text, "%s %s subject=%s run=%s/%d service=%s outcome=%s fault=%s environment=%s branch=%s revision=%s change=%s %s",
			e.Source, e.Kind, e.Subject, e.Run, e.Attempt, e.Service, e.Outcome, e.Fault, e.Environment, e.Branch, e.Revision, e.Change, times)
		for _, name := range slices.Sorted(maps.Keys(e.Attributes)) {
			fmt.Fprintf(&text, " %s=%s", name, e.Attributes[name])
		}
		text.WriteString("\n")
	}
	return text.String()
}

// appears waits for a file that a command in the background makes.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	for range 1500 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s does not appear", args[0])
}

// within demands that no file below a directory holds a text, and that it has
// so many files, which only their owner can read: within DIRECTORY FILES TEXT.
func within(ts *testscript.TestScript, _ bool, args []string) {
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			return fmt.Errorf("%s has mode %v", path, info.Mode())
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), args[2]) {
			return fmt.Errorf("%s holds %q: %s", path, args[2], text)
		}
		return err
	}))
	if strconv.Itoa(files) != args[1] {
		ts.Fatalf("%s holds %d files, want %s", args[0], files, args[1])
	}
}

// damage cuts every file below a directory in half, as a full disk would.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	}))
}
