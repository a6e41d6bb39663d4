package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The kits run headroom lint in other people's pipelines; their shell is run
// here as those pipelines would run it.

const (
	kitGood = "headroom: v1\nservice: good\nobjectives:\n  a: {target: 99%, gauge: up}\n"
	kitBad  = "headroom: v1\nservice: bad\nobjectives:\n  a: {target: \"99\", gauge: up}\n"
)

// kitRepository is a directory with a sound spec and one with a broken one, and
// the environment in which the program is on the PATH.
func kitRepository(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	writeFile(t, filepath.Join(dir, "good dir", "slo.yaml"), kitGood)
	writeFile(t, filepath.Join(dir, "bad", "checkout.slo.yaml"), kitBad)
	return dir, append(os.Environ(), "PATH="+filepath.Dir(headroomBinary)+":"+os.Getenv("PATH"))
}

// readKit reads one file of YAML documents.
func readKit[T any](t *testing.T, file string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	for _, text := range regexp.MustCompile(`(?m)^---\n`).Split(string(data), -1) {
		var document T
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, document)
	}
	return list
}

// sh runs a shell program in a directory and returns its output and exit code.
func sh(t *testing.T, dir string, env []string, shell ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(shell[0], shell[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	t.Logf("%s%s", out.String(), errs.String())
	return out.String(), cmd.ProcessState.ExitCode()
}

func TestGitHubAction(t *testing.T) {
	t.Parallel()
	type action struct {
		Inputs map[string]struct {
			Description string `yaml:"description"`
			Default     string `yaml:"default"`
		} `yaml:"inputs"`
		Runs struct {
			Using string `yaml:"using"`
			Steps []struct {
				Shell string            `yaml:"shell"`
				Env   map[string]string `yaml:"env"`
				Run   string            `yaml:"run"`
			} `yaml:"steps"`
		} `yaml:"runs"`
	}
	kit := readKit[action](t, "deploy/github-action/action.yml")[0]
	if kit.Runs.Using != "composite" || len(kit.Runs.Steps) != 1 || kit.Runs.Steps[0].Shell != "bash" || strings.Contains(kit.Runs.Steps[0].Run, "${{") {
		t.Fatalf("the action is %+v", kit.Runs)
	}
	for name, input := range kit.Inputs {
		if input.Description == "" {
			t.Errorf("input %s has no description", name)
		}
	}
	dir, env := kitRepository(t)
	step := func(paths, sarif string) (string, int) {
		inputs := map[string]string{"paths": paths, "sarif": sarif}
		given := append(slices.Clone(env), "GITHUB_OUTPUT="+filepath.Join(dir, "output"))
		for name, expression := range kit.Runs.Steps[0].Env {
			input := regexp.MustCompile(`^\$\{\{ inputs\.([a-z]+) \}\}$`).FindStringSubmatch(expression)
			if input == nil {
				t.Fatalf("env %s is %q", name, expression)
			}
			value, set := inputs[input[1]]
			if !set {
				value = kit.Inputs[input[1]].Default
			}
			given = append(given, name+"="+value)
		}
		script := writeFile(t, filepath.Join(dir, "step.sh"), kit.Runs.Steps[0].Run)
		return sh(t, dir, given, "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
	}
	if out, code := step("good dir", ""); code != 0 || out != "" {
		t.Errorf("good: exit code %d, %q", code, out)
	}
	if out, code := step("good dir\nbad\n", "headroom.sarif"); code != 1 || !strings.HasPrefix(out, "::error file=bad/checkout.slo.yaml,line=4,") {
		t.Errorf("bad: exit code %d, %q", code, out)
	}
	if output, err := os.ReadFile(filepath.Join(dir, "output")); err != nil || string(output) != "sarif=headroom.sarif\n" {
		t.Errorf("outputs: %q, %v", output, err)
	}
	var log struct{ Version string }
	data, err := os.ReadFile(filepath.Join(dir, "headroom.sarif"))
	if err != nil || json.Unmarshal(data, &log) != nil || log.Version != "2.1.0" {
		t.Errorf("sarif: %s, %v", data, err)
	}
}

func TestGitLabTemplate(t *testing.T) {
	t.Parallel()
	kit := readKit[map[string]struct {
		Inputs    map[string]map[string]any `yaml:"inputs"`
		Script    []string                  `yaml:"script"`
		Variables map[string]string         `yaml:"variables"`
		Artifacts struct {
			Reports map[string]string `yaml:"reports"`
		} `yaml:"artifacts"`
	}](t, "deploy/gitlab/headroom.gitlab-ci.yml")
	job := kit[1]["headroom-lint"]
	report := job.Artifacts.Reports["codequality"]
	if len(kit) != 2 || len(kit[0]["spec"].Inputs) == 0 || len(job.Script) != 1 || report == "" {
		t.Fatalf("the template is %+v", kit)
	}
	for name, value := range job.Variables {
		input := strings.TrimSuffix(strings.TrimPrefix(value, "$[[ inputs."), " ]]")
		if kit[0]["spec"].Inputs[input] == nil {
			t.Errorf("variable %s is the input %q, which is not declared", name, input)
		}
	}
	dir, env := kitRepository(t)
	for paths, want := range map[string]int{"good?dir": 1, "bad": 1, ".": 1} {
		_, code := sh(t, dir, append(env, "HEADROOM_PATHS="+paths, "HEADROOM_ARGUMENTS="), "bash", "-eo", "pipefail", "-c", job.Script[0])
		if code != want {
			t.Errorf("%s: exit code %d, want %d", paths, code, want)
		}
	}
	if _, code := sh(t, dir, append(env, "HEADROOM_PATHS=.", "HEADROOM_ARGUMENTS=--nonsense"), "bash", "-eo", "pipefail", "-c", job.Script[0]); code != 2 {
		t.Errorf("wrong arguments: exit code %d, want 2", code)
	}
	if data, err := os.ReadFile(filepath.Join(dir, report)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("wrong arguments: the report is %q, %v; want none", data, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "bad")); err != nil {
		t.Fatal(err)
	}
	_, code := sh(t, dir, append(env, "HEADROOM_PATHS=.", "HEADROOM_ARGUMENTS="), "sh", "-e", "-c", job.Script[0])
	if data, err := os.ReadFile(filepath.Join(dir, report)); err != nil || code != 0 || strings.TrimSpace(string(data)) != "[]" {
		t.Errorf("good: exit code %d, report %q, %v", code, data, err)
	}
}

func TestTektonTask(t *testing.T) {
	t.Parallel()
	type named struct {
		Name string `yaml:"name"`
	}
	kit := readKit[struct {
		Kind string `yaml:"kind"`
		Spec struct {
			Params  []named `yaml:"params"`
			Results []named `yaml:"results"`
			Steps   []struct {
				Args   []string            `yaml:"args"`
				Env    []map[string]string `yaml:"env"`
				Script string              `yaml:"script"`
			} `yaml:"steps"`
		} `yaml:"spec"`
	}](t, "deploy/tekton/headroom-lint.yaml")[0]
	if kit.Kind != "Task" || len(kit.Spec.Steps) != 1 || strings.Contains(kit.Spec.Steps[0].Script, "$(params") {
		t.Fatalf("the task is %+v", kit)
	}
	dir, env := kitRepository(t)
	script := writeFile(t, filepath.Join(dir, "script.sh"), kit.Spec.Steps[0].Script)
	env = append(env, "ARGUMENTS=", "ERRORS="+filepath.Join(dir, "errors"), "WARNINGS="+filepath.Join(dir, "warnings"))
	for _, test := range []struct {
		path, errors string
		code         int
	}{{"good dir", "0", 0}, {".", "1", 1}} {
		_, code := sh(t, dir, env, "sh", script, test.path)
		found, err := os.ReadFile(filepath.Join(dir, "errors"))
		if code != test.code || err != nil || string(found) != test.errors {
			t.Errorf("%s: exit code %d, %s errors, %v", test.path, code, found, err)
		}
		if err := os.Remove(filepath.Join(dir, "errors")); err != nil {
			t.Error(err)
		}
	}
	_, code := sh(t, dir, append(env, "ARGUMENTS=--nonsense"), "sh", script, ".")
	if found, err := os.ReadFile(filepath.Join(dir, "errors")); code != 2 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("wrong arguments: exit code %d, want 2, and %q errors, %v; want none", code, found, err)
	}
}

func TestPreCommitHooks(t *testing.T) {
	t.Parallel()
	hooks := readKit[[]struct {
		ID       string `yaml:"id"`
		Entry    string `yaml:"entry"`
		Language string `yaml:"language"`
		Files    string `yaml:"files"`
	}](t, ".pre-commit-hooks.yaml")[0]
	if len(hooks) != 2 {
		t.Fatalf("hooks %+v", hooks)
	}
	for _, hook := range hooks {
		files := regexp.MustCompile(hook.Files)
		for name, want := range map[string]bool{"slo.yaml": true, "a/slo.yaml": true, "a/b.slo.yaml": true, "oslo.yaml": false, "slo.yaml.bak": false, "slo.yml": false} {
			if files.MatchString(name) != want {
				t.Errorf("%s: the hook takes %s: %t", hook.ID, name, !want)
			}
		}
		dir, env := kitRepository(t)
		for file, want := range map[string]int{"good dir/slo.yaml": 0, "bad/checkout.slo.yaml": 1} {
			if _, code := sh(t, dir, env, "sh", "-c", hook.Entry+` "$0"`, file); code != want {
				t.Errorf("%s: %s: exit code %d, want %d", hook.ID, file, code, want)
			}
		}
	}
}
