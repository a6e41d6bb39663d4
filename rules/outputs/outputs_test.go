package outputs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"headroom/rules"
	"headroom/rules/outputs"
	"headroom/slo"
)

// objective is one of many in a service.
func objective(namespace, service, name string) *slo.Objective {
	return &slo.Objective{
		ID:          slo.ID{Namespace: namespace, Service: service, Objective: name},
		Owner:       "team <&> 'x'",
		Description: "Hostile: {{ .Labels }} %{HOME} 'x' \"y\" \\ \n\t\u0085 # | - ---\n---\n...",
		Labels:      map[string]string{"tier": "1", "on": "yes"},
		Target:      slo.MustTarget("99.9%"),
		Window:      slo.Window{Rolling: 30 * 24 * time.Hour},
		Resolution:  5 * time.Minute,
		Indicator: slo.Ratio{
			Bad:   slo.MustCounter(`http_requests_total{job="` + service + `",code=~"5..|<&>"}`),
			Total: slo.MustCounter(`http_requests_total{job="` + service + `"}`),
		},
	}
}

// shop has a service of n objectives, and small ones beside it.
func shop(n int) []*slo.Objective {
	list := []*slo.Objective{objective("shop", "cart", "a"), objective("shop", "search", "a"), objective("platform", "pipelines", "a")}
	for i := range n {
		list = append(list, objective("shop", "checkout", fmt.Sprintf("o-%03d", i)))
	}
	return list
}

func newOutput(t testing.TB, o outputs.Options) *outputs.Output {
	t.Helper()
	out, err := outputs.New(o, o.Format.Dialects()[0], rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t testing.TB, out *outputs.Output, objectives []*slo.Objective) []byte {
	t.Helper()
	if err := out.Check(objectives); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := out.Write(&b, objectives); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// object is a document as it was read back.
type object struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   metadata          `yaml:"metadata"`
	Spec       *ruleFile         `yaml:"spec"`
	Data       map[string]string `yaml:"data"`
}

type metadata struct {
	Name      string            `yaml:"name"`
	Namespace string            `yaml:"namespace"`
	Labels    map[string]string `yaml:"labels"`
}

// ruleFile has the fields that every consumer knows.
type ruleFile struct {
	Groups []struct {
		Name     string `yaml:"name" json:"name"`
		Interval string `yaml:"interval" json:"interval"`
		Partial  string `yaml:"partial_response_strategy" json:"-"`
		Rules    []struct {
			Record      string            `yaml:"record" json:"record,omitempty"`
			Alert       string            `yaml:"alert" json:"alert,omitempty"`
			Expr        string            `yaml:"expr" json:"expr"`
			For         string            `yaml:"for" json:"for,omitempty"`
			Keep        string            `yaml:"keep_firing_for" json:"keep_firing_for,omitempty"`
			Labels      map[string]string `yaml:"labels" json:"labels,omitempty"`
			Annotations map[string]string `yaml:"annotations" json:"annotations,omitempty"`
		} `yaml:"rules" json:"rules"`
	} `yaml:"groups" json:"groups"`
}

// strict reads all documents, and refuses keys that nobody knows.
func strict[T any](t testing.TB, text []byte) []T {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var list []T
	for {
		var v T
		err := decoder.Decode(&v)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("read back: %v\n%.2000s", err, text)
		}
		list = append(list, v)
	}
}

// names are those of all groups, in order.
func names(files ...ruleFile) []string {
	var list []string
	for _, f := range files {
		for _, g := range f.Groups {
			list = append(list, g.Name)
		}
	}
	slices.Sort(list)
	return list
}

// TestEveryFormatHoldsTheSameRules reads each format back strictly, and
// compares it with the plain rule file of the same dialect.
func TestEveryFormatHoldsTheSameRules(t *testing.T) {
	objectives := shop(40)
	for _, format := range outputs.Formats() {
		t.Run(string(format), func(t *testing.T) {
			text := write(t, newOutput(t, outputs.Options{Format: format, MaxBytes: outputs.LeastMaxBytes}), objectives)
			plain, err := outputs.New(outputs.Options{}, format.Dialects()[0], rules.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := all(strict[ruleFile](t, write(t, plain, objectives)))
			got := all(read(t, format, text))
			if len(got) != len(want) || len(got) < 500 {
				t.Fatalf("%d rules, want %d", len(got), len(want))
			}
			for key, rule := range want {
				if got[key] != rule {
					t.Fatalf("rule %s is\n%s\nwant\n%s", key, got[key], rule)
				}
			}
		})
	}
}

// read returns the rule files that a text of a format holds.
func read(t testing.TB, format outputs.Format, text []byte) []ruleFile {
	t.Helper()
	if !format.Kubernetes() {
		return strict[ruleFile](t, text)
	}
	var files []ruleFile
	for _, o := range strict[object](t, text) {
		if o.Spec != nil {
			files = append(files, *o.Spec)
		}
		for _, data := range o.Data {
			files = append(files, strict[ruleFile](t, []byte(data))...)
		}
	}
	return files
}

// all maps group and rule to everything that the rule says.
func all(files []ruleFile) map[string]string {
	rules := map[string]string{}
	for _, f := range files {
		for _, g := range f.Groups {
			for i, r := range g.Rules {
				rules[fmt.Sprintf("%s %d", g.Name, i)] = fmt.Sprintf("%s %+v", g.Interval, r)
			}
		}
	}
	return rules
}

func TestThanosSaysWhatToDoWithoutAStore(t *testing.T) {
	for _, want := range []string{outputs.Abort, outputs.Warn} {
		text := write(t, newOutput(t, outputs.Options{Format: outputs.Thanos, PartialResponse: want}), shop(0))
		for _, g := range strict[ruleFile](t, text)[0].Groups {
			if g.Partial != want {
				t.Errorf("group %s: %q, want %q", g.Name, g.Partial, want)
			}
		}
	}
}

func TestVMAlertGetsNothingItDoesNotKnow(t *testing.T) {
	for _, format := range []outputs.Format{outputs.VMAlert, outputs.VMRule} {
		text := string(write(t, newOutput(t, outputs.Options{Format: format}), shop(0)))
		for _, key := range []string{"keep_firing_for", "query_offset", "partial_response_strategy", "anchored"} {
			if strings.Contains(text, key) {
				t.Errorf("%s has %s", format, key)
			}
		}
	}
}

func TestNoObjectives(t *testing.T) {
	for _, format := range outputs.Formats() {
		text := write(t, newOutput(t, outputs.Options{Format: format}), nil)
		if files := read(t, format, text); len(names(files...)) != 0 {
			t.Errorf("%s of nothing has groups: %s", format, text)
		}
		if !bytes.HasPrefix(text, []byte("# Generated by headroom.")) {
			t.Errorf("%s of nothing is not known as headroom's: %s", format, text)
		}
	}
}

func TestOutputIsTheSameInAnyOrder(t *testing.T) {
	objectives := shop(30)
	for _, format := range outputs.Formats() {
		out := newOutput(t, outputs.Options{Format: format, MaxBytes: outputs.LeastMaxBytes})
		first := write(t, out, objectives)
		slices.Reverse(objectives)
		if !bytes.Equal(first, write(t, out, objectives)) {
			t.Errorf("%s depends on the order of objectives", format)
		}
	}
}

func TestOptionsThatNobodyTakes(t *testing.T) {
	long := strings.Repeat("x", 64)
	for name, o := range map[string]outputs.Options{
		"format":        {Format: "json"},
		"name":          {Name: "Head_room"},
		"long name":     {Name: long},
		"namespace":     {Namespace: "a.b"},
		"small":         {MaxBytes: 1000},
		"large":         {MaxBytes: 2 << 20},
		"partial":       {PartialResponse: "maybe"},
		"label name":    {Labels: map[string]string{"a b": "c"}},
		"label prefix":  {Labels: map[string]string{"A/b": "c"}},
		"label value":   {Labels: map[string]string{"a": "c d"}},
		"label of ours": {Labels: map[string]string{"app.kubernetes.io/managed-by": "helm"}},
	} {
		if _, err := outputs.New(o, rules.Prometheus3, rules.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
