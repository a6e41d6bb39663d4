package policy_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/budget/policy"
	"headroom/slo"
	"headroom/slo/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const whole = `headroom: v1
policy: production-freeze
objectives:
  namespaces: ["*"]
  services: [checkout, platform/pipelines]
  owners: [team-payments]
  ids: [checkout/availability]
  labels: {tier: 1}
freeze: {remaining: -12.5%}
environments: [production, eu production]
pass: [security, rollback]
unknown: closed
mode: advise
`

func parseOne(t *testing.T, text string) policy.Policy {
	t.Helper()
	documents, problems := policy.Parse("production.policy.yaml", []byte(text))
	if len(documents) != 1 || documents[0].Broken || len(problems) > 0 {
		t.Fatalf("%d documents, problems %v", len(documents), problems)
	}
	return documents[0].Policy
}

func TestParse(t *testing.T) {
	place := func(line, column int) slo.Place {
		return slo.Place{File: "production.policy.yaml", Line: line, Column: column}
	}
	want := policy.Policy{
		Name: "production-freeze", Place: place(2, 9),
		Objectives: policy.Selector{
			Namespaces: []string{"*"}, Services: []string{"default/checkout", "platform/pipelines"}, Owners: []string{"team-payments"},
			IDs: []slo.ID{{Namespace: "default", Service: "checkout", Objective: "availability"}}, Labels: map[string]string{"tier": "1"},
			Place: place(3, 1),
		},
		FreezeAt: -0.125, Environments: []string{"production", "eu production"},
		Pass: []policy.Change{policy.Security, policy.Rollback}, Unknown: policy.Closed, Mode: policy.Advise, Approval: policy.ApprovalNone,
	}
	if diff := cmp.Diff(want, parseOne(t, whole)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	want := policy.Policy{
		Name: "freeze", Place: slo.Place{File: "production.policy.yaml", Line: 2, Column: 9},
		Environments: []string{"production"}, Pass: []policy.Change{policy.Security, policy.Fix, policy.Rollback},
		Unknown: policy.Open, Mode: policy.Enforce, Approval: policy.ApprovalNone,
	}
	want.Objectives.Place = want.Place
	if diff := cmp.Diff(want, parseOne(t, "headroom: v1\npolicy: freeze\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p := parseOne(t, "headroom: v1\npolicy: freeze\npass: []\nobjectives: {services: []}\n"); len(p.Pass) != 0 || len(p.Objectives.Services) != 0 {
		t.Errorf("empty lists are read as %+v", p)
	}
}

// TestProblems reads each .yaml section of testdata/problems.txtar; the section
// after it is what diag.Write says of it.
func TestProblems(t *testing.T) {
	const path = "testdata/problems.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	said := &txtar.Archive{Comment: archive.Comment}
	for i, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".yaml") {
			continue
		}
		var want []byte
		if i+1 < len(archive.Files) {
			want = archive.Files[i+1].Data
		}
		documents, problems := policy.Parse(f.Name, f.Data)
		var got bytes.Buffer
		if err := diag.Write(&got, problems); err != nil {
			t.Fatal(err)
		}
		said.Files = append(said.Files, f, txtar.File{Name: "problems", Data: got.Bytes()})
		if !*update && !bytes.Equal(got.Bytes(), want) {
			t.Errorf("the problems of %s are now:\n%s", f.Name, got.String())
		}
		for _, d := range documents {
			if !d.Broken {
				t.Errorf("%s: the policy %q is taken for sound", f.Name, d.Name)
			}
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(said), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	if archive, err := txtar.ParseFile("testdata/problems.txtar"); err == nil {
		for _, file := range archive.Files {
			f.Add(file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		documents, problems := policy.Parse("fuzz.policy.yaml", data)
		for _, d := range documents {
			if d.Broken {
				continue
			}
			p := d.Policy
			if !slo.ValidName(p.Name) || p.FreezeAt >= 1 || len(p.Environments) == 0 || p.Passes(policy.Feature) {
				t.Errorf("taken for sound: %+v", p)
			}
			again, problems := policy.Parse(d.File, append(bytes.Repeat([]byte("\n"), d.Line-1), d.Text...))
			if len(again) != 1 || again[0].Broken || !cmp.Equal(again[0].Policy, p) {
				t.Errorf("the document alone is read as %+v: %v", again, problems)
			}
		}
		if err := diag.Write(&bytes.Buffer{}, problems); err != nil {
			t.Error(err)
		}
	})
}

// TestEveryCheckIsDocumented asks of the page of each check of this package
// that its bad example triggers it and that its good one is sound.
func TestEveryCheckIsDocumented(t *testing.T) {
	for _, check := range []string{"change-kind", "freeze-remaining", "policy-value", "duplicate-policy", "no-policies", "policy-unused", "policy-not-here"} {
		text, err := os.ReadFile(filepath.Join("../../docs/checks", check+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(string(text), "# "+check+"\n") {
			t.Errorf("the page of %s does not begin with its name", check)
		}
		blocks := strings.Split(string(text), "```")
		for i := 1; i+2 < len(blocks); i += 4 {
			bad, good := strings.TrimPrefix(blocks[i], "yaml\n"), strings.TrimPrefix(blocks[i+2], "yaml\n")
			if _, problems := policy.Parse(check, []byte(good)); len(problems) > 0 {
				t.Errorf("%s: the good example has the problems %v", check, problems)
			}
			_, problems := policy.Parse(check, []byte(bad))
			alone := check == "change-kind" || check == "freeze-remaining" || check == "policy-value"
			if alone && (len(problems) != 1 || problems[0].Check != check) {
				t.Errorf("%s: the bad example has the problems %v", check, problems)
			}
		}
	}
}

// TestDocumentedPoliciesAreSound, and docs/gate.md describes every key.
func TestDocumentedPoliciesAreSound(t *testing.T) {
	docs, err := os.ReadFile("../../docs/gate.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range strings.Split(string(docs), "```") {
		text, yaml := strings.CutPrefix(block, "yaml\n")
		if yaml && strings.Contains(text, "\npolicy: ") {
			found++
			parseOne(t, text)
		}
	}
	if found == 0 {
		t.Error("docs/gate.md shows no policy")
	}
	_, problems := policy.Parse("x", []byte("headroom: v1\npolicy: a\nx: 1\nobjectives: {y: 1}\n"))
	for _, p := range problems {
		_, keys, _ := strings.Cut(p.Hint, ": ")
		for key := range strings.SplitSeq(keys, ", ") {
			if key != "headroom" && !strings.Contains(string(docs), "`"+key+"`") {
				t.Errorf("docs/gate.md does not describe the key %s", key)
			}
		}
	}
	if len(problems) != 2 {
		t.Errorf("%v", problems)
	}
}
