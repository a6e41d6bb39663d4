package correction_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headroom/budget/correction"
	"headroom/slo/diag"
)

const document = `headroom: v1
correction: database-upgrade
category: planned-maintenance
reason: Upgrade of the database.
author: ada
approved_by: grace
objectives:
  services: [checkout]
  labels: {tier: "1"}
from: 2026-11-22T01:00
to: 2026-11-22T05:00
zone: Europe/Berlin
repeat: FREQ=WEEKLY;BYDAY=SU
`

func TestParse(t *testing.T) {
	documents, problems := correction.Parse("a.correction.yaml", []byte(document+"---\nheadroom: v1\ncorrection: lost\nkind: adjust\ncategory: wrong-data\nreason: A proxy counted twice.\nauthor: ada\nobjectives: {ids: [checkout/availability]}\ngroup: {region: eu}\nfrom: 2026-11-01T00:00:00Z\nto: 2026-11-01T01:00:00Z\nadjust: {bad: -120, total: -120.5}\n"))
	if len(problems) > 0 || len(documents) != 2 {
		t.Fatalf("%d documents, problems %v", len(documents), problems)
	}
	d, adjust := documents[0], documents[1].Terms
	if d.Name != "database-upgrade" || d.Author != "ada" || d.ApprovedBy != "grace" || d.Place.Line != 2 || d.Terms.Kind != correction.Exclude || d.Terms.Repeat == nil {
		t.Errorf("%+v", d)
	}
	if got := d.Terms.Objectives.String(); got != "service default/checkout; label tier=1" {
		t.Errorf("selects %s", got)
	}
	if adjust.Bad != -12000 || adjust.Total != -12050 || adjust.Group.String() != `"region"="eu"` {
		t.Errorf("%+v", adjust)
	}
}

// TestProblemsPointAtTheirPlace demands a caret under what is wrong, and every
// problem at once.
func TestProblemsPointAtTheirPlace(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"unknown key":   {"zone:", "zon:", "12:1 unknown-key"},
		"category":      {"planned-maintenance", "maintenance", "3:11 correction-value"},
		"own approval":  {"grace", "Ada", "6:14 correction-value"},
		"no author":     {"author: ada\n", "", "1:1 missing-key"},
		"service":       {"[checkout]", "[a, Check_Out]", "8:17 invalid-name"},
		"end":           {"2026-11-22T05:00", "2026-11-21T05:00", "11:5 correction-time"},
		"rule":          {"FREQ=WEEKLY", "FREQ=OFTEN", "13:9 correction-repeat"},
		"first":         {"BYDAY=SU", "BYDAY=MO", "10:7 correction-time"},
		"name":          {"database-upgrade", "Database", "2:13 invalid-name"},
		"kind of file":  {"correction:", "policy:", "2:1 document-kind"},
		"version":       {"headroom: v1", "headroom: v2", "1:11 spec-version"},
		"no objectives": {"objectives:\n  services: [checkout]\n  labels: {tier: \"1\"}\n", "", "1:1 missing-key"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(document, test.old) {
				t.Fatalf("%q is not in the document", test.old)
			}
			_, problems := correction.Parse("x", []byte(strings.Replace(document, test.old, test.new, 1)))
			var got []string
			for _, p := range problems {
				text := p.String()
				got = append(got, strings.SplitN(strings.TrimPrefix(text, "x:"), ": ", 2)[0]+" "+p.Check)
			}
			if !strings.HasPrefix(strings.Join(got, ", "), test.want) {
				t.Errorf("problems %v, want %s", problems, test.want)
			}
		})
	}
}

// TestEveryCheckIsDocumented asks of the page of each check that its bad
// example triggers it alone and that its good one is sound.
func TestEveryCheckIsDocumented(t *testing.T) {
	for _, check := range []string{"correction-value", "correction-time", "correction-repeat"} {
		text, err := os.ReadFile(filepath.Join("../../docs/checks", check+".md"))
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "```")
		bad, good := strings.TrimPrefix(blocks[1], "yaml\n"), strings.TrimPrefix(blocks[3], "yaml\n")
		if _, problems := correction.Parse(check, []byte(good)); len(problems) > 0 {
			t.Errorf("%s: the good example has the problems %v", check, problems)
		}
		for _, p := range second(correction.Parse(check, []byte(bad))) {
			if p.Check != check {
				t.Errorf("%s: the bad example has the problem %v", check, p)
			}
		}
		if len(second(correction.Parse(check, []byte(bad)))) == 0 {
			t.Errorf("%s: the bad example has no problem", check)
		}
	}
}

func second(_ []correction.Document, problems []diag.Problem) []diag.Problem { return problems }

// TestDocumentedCorrectionsAreSound, and docs/corrections.md describes every key.
func TestDocumentedCorrectionsAreSound(t *testing.T) {
	docs, err := os.ReadFile("../../docs/corrections.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for block := range strings.SplitSeq(string(docs), "```") {
		if text, yaml := strings.CutPrefix(block, "yaml\n"); yaml && strings.Contains(text, "\ncorrection: ") {
			found++
			if _, problems := correction.Parse("docs", []byte(text)); len(problems) > 0 {
				t.Errorf("%v in\n%s", problems, text)
			}
		}
	}
	if found < 2 {
		t.Errorf("docs/corrections.md shows %d corrections", found)
	}
	_, problems := correction.Parse("x", []byte("headroom: v1\ncorrection: a\nx: 1\nobjectives: {y: 1}\nadjust: {z: 1}\n"))
	for _, p := range problems {
		_, keys, _ := strings.Cut(p.Hint, "the keys here are: ")
		for key := range strings.SplitSeq(keys, ", ") {
			if key != "headroom" && key != "" && !strings.Contains(string(docs), "`"+key+"`") {
				t.Errorf("docs/corrections.md does not describe the key %s", key)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte("headroom: v1\ncorrection: a\nkind: adjust\nadjust: {bad: 1e400}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		documents, problems := correction.Parse("x", data)
		for i := range documents {
			if d := &documents[i]; !diag.HasErrors(problems) && d.Terms.Reason == "" {
				t.Errorf("%+v without a reason", d)
			}
		}
	})
}
