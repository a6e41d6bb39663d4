package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rogpeppe/go-internal/testscript"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/budget"
	"headroom/budget/sqlite"
	"headroom/rules/ruler/rulertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"headroom": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Condition:     condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"appears":     appears,
			"audited":     keepAudit,
			"corrections": keepCorrections,
			"collected":   collected,
			"collector":   collect,
			"damage":      damage,
			"entries":     entries,
			"exits":       exits,
			"fill":        fill,
			"gate":        keepGate,
			"impostor":    keepImpostor,
			"ledger":      keepLedger,
			"remember":    remember,
			"ruler":       keepRuler,
			"service":     service,
			"store":       keepStore,
			"untouched":   untouched,
			"within":      within,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[rememberedKey{}] = map[string]os.FileInfo{}
			env.Values[collectorKey{}] = &collector{}
			env.Values[rulerKey{}] = map[string]*rulertest.Ruler{}
			return nil
		},
	})
}

// condition knows root, whom no file mode keeps out.
func condition(name string) (bool, error) {
	if name != "root" {
		return false, fmt.Errorf("condition %q is not known", name)
	}
	return os.Geteuid() == 0, nil
}

// exits runs headroom and demands an exit code: exits 2 lint.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGUMENT...")
	}
	err := ts.Exec("headroom", args[1:]...)
	got := 0
	if err != nil {
		_, text, _ := strings.Cut(err.Error(), "exit status ")
		got, _ = strconv.Atoi(text)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d (%v), want %s", got, err, args[0])
	}
}

type rememberedKey struct{}

func remembered(ts *testscript.TestScript) map[string]os.FileInfo {
	files, ok := ts.Value(rememberedKey{}).(map[string]os.FileInfo)
	if !ok {
		ts.Fatalf("no remembered files")
	}
	return files
}

// remember keeps what identifies the present content of files.
func remember(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		remembered(ts)[name] = info
	}
}

// untouched demands that remembered files are still the same ones, not written
// to and not replaced by an equal one.
func untouched(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		before := remembered(ts)[name]
		if before == nil {
			ts.Fatalf("%s was not remembered", name)
		}
		same := os.SameFile(before, info) && before.ModTime().Equal(info.ModTime()) && before.Size() == info.Size()
		if same == neg {
			ts.Fatalf("%s: untouched is %t", name, same)
		}
	}
}

// entries demands that a directory holds exactly the given names.
func entries(ts *testscript.TestScript, _ bool, args []string) {
	list, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s holds %q, want %q", args[0], got, want)
	}
}

// fill makes a file of a size in bytes that takes no room.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o600))
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// service starts headroom's API with statuses of every kind, or with
// "service none" without any, and sets HEADROOM_URL.
func service(ts *testscript.TestScript, _ bool, args []string) {
	statuses := apitest.Statuses
	if len(args) > 0 && args[0] == "none" {
		statuses = func() []budget.Status { return nil }
	}
	serveScript(ts, scriptAPI(ts, api.Options{Statuses: statuses, Report: scriptReport}))
}

// scriptAPI is headroom's API at the time of apitest.Now.
func scriptAPI(ts *testscript.TestScript, o api.Options) http.Handler {
	o.Now, o.Registry = apitest.Now, prometheus.NewRegistry()
	handler, err := api.New(o)
	ts.Check(err)
	return handler
}

// serveScript serves something at HEADROOM_URL while a script runs.
func serveScript(ts *testscript.TestScript, handler http.Handler) {
	server := httptest.NewServer(handler)
	ts.Defer(server.Close)
	ts.Setenv(urlVariable, server.URL)
}

// scriptStore opens the database in a data directory while a script runs.
func scriptStore(ts *testscript.TestScript, dir string) *sqlite.Store {
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(ts.MkAbs(dir), "headroom.db")})
	ts.Check(err)
	ts.Defer(func() { ts.Check(db.Close()) })
	return db
}
