package alertmanager_test

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/rules"
	"headroom/rules/alertmanager"
	"headroom/slo"
)

func objective(service, owner string, by ...string) *slo.Objective {
	return &slo.Objective{
		ID:         slo.ID{Namespace: "shop", Service: service, Objective: "availability"},
		Owner:      owner,
		Target:     slo.MustTarget("99.9%"),
		Window:     slo.Window{Rolling: 30 * 24 * time.Hour},
		Resolution: 5 * time.Minute,
		GroupBy:    by,
		Indicator:  slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
	}
}

const hostile = "team \"x\" \\ {{ .y }}\n#'"

func find(t testing.TB) alertmanager.Alerts {
	t.Helper()
	a, err := alertmanager.Find([]*slo.Objective{
		objective("checkout", "team-payments", "region", "zone"), objective("cart", "team-payments"),
		objective("search", "team-search"), objective("nobody", ""), objective("odd", hostile),
	}, func(o []*slo.Objective) (iter.Seq[rules.Group], error) {
		return rules.All(o, rules.Prometheus3, rules.Options{})
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func receivers(t testing.TB) alertmanager.Receivers {
	t.Helper()
	var r alertmanager.Receivers
	for _, text := range []string{"page=on-call", "ticket=inbox", "rules_missed=infra", "team-payments/page=payments", hostile + "/ticket=odd"} {
		if err := r.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestFind(t *testing.T) {
	a := find(t)
	if !slices.Equal(a.Missed, []string{"ticket"}) || !slices.Equal(a.Severities, []string{"page", "ticket"}) || !slices.Equal(a.Groups, []string{"region", "zone"}) || len(a.Owners) != 4 {
		t.Errorf("found %+v", a)
	}
	r := receivers(t)
	r.Owners["team-gone"] = map[string]string{"page": "x"}
	if got := r.Unknown(a); !slices.Equal(got, []string{"team-gone"}) {
		t.Errorf("unknown owners %q", got)
	}
	if got := r.Unmapped(a); !slices.Equal(got, []string{"team-search"}) {
		t.Errorf("unmapped owners %q", got)
	}
}

// TestFindExpandsSeverities looks for a severity that rules write as a template.
func TestFindExpandsSeverities(t *testing.T) {
	const severity = "critical {{ .x }} \"a\""
	o := objective("checkout", "team")
	o.Plan = &slo.AlertPlan{Name: "own", Page: slo.NoticeWish{Severity: severity}}
	found, err := alertmanager.Find([]*slo.Objective{o}, func(list []*slo.Objective) (iter.Seq[rules.Group], error) {
		return rules.All(list, rules.Prometheus3, rules.Options{})
	})
	if err != nil || !slices.Contains(found.Severities, severity) || !slices.Equal(found.Paging, []string{severity}) {
		t.Errorf("severities %q, paging %q, %v", found.Severities, found.Paging, err)
	}
}

func TestReadReceivers(t *testing.T) {
	got, err := alertmanager.ReadReceivers([]byte("default: {page: on-call}\nowners:\n  team-payments: {page: payments}\n"))
	if err != nil || got.Default["page"] != "on-call" || got.Owners["team-payments"]["page"] != "payments" {
		t.Errorf("read %+v, %v", got, err)
	}
	for _, text := range []string{"defaults: {page: x}", "default: [x]", "default: {page: ''}", "owners: {a: {page: ''}}", "a: b: c"} {
		if _, err := alertmanager.ReadReceivers([]byte(text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	var r alertmanager.Receivers
	for _, text := range []string{"page", "page=", "=x", "/page=x", "team/=x"} {
		if err := r.Set(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// base is an operator's configuration.
const base = `# Our own.
global:
  resolve_timeout: 5m # as ever
route:
  receiver: everybody
  group_by: [alertname]
  routes:
  - {matchers: ['team="infra"'], receiver: infra}
receivers:
- name: everybody
  webhook_configs: [{url: 'http://127.0.0.1:1/'}]
- {name: infra}
- {name: on-call}
- {name: inbox}
- {name: payments}
- {name: odd}
inhibit_rules:
- {source_matchers: ['alertname="Down"'], target_matchers: ['severity="warning"'], equal: [instance]}
`

func merge(t testing.TB, on string) []byte {
	t.Helper()
	text, err := alertmanager.Merge([]byte(on), find(t), receivers(t))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMergeKeepsTheRest(t *testing.T) {
	once := merge(t, base)
	for _, want := range []string{"# Our own.", "# as ever", "everybody", `team="infra"`, `alertname="Down"`, "region, zone"} {
		if !strings.Contains(string(once), want) {
			t.Errorf("the configuration lost %q:\n%s", want, once)
		}
	}
	if again := merge(t, string(once)); !bytes.Equal(once, again) {
		t.Errorf("merging twice gives\n%s\nonce\n%s", again, once)
	}
}

func TestMergeRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":          "",
		"a list":           "[a]",
		"no route":         "receivers: []",
		"a route of text":  "route: x",
		"broken":           "route: {",
		"missing receiver": strings.Replace(base, "- {name: payments}\n", "", 1),
	} {
		_, err := alertmanager.Merge([]byte(text), find(t), receivers(t))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if name == "missing receiver" && (!errors.Is(err, alertmanager.ErrReceivers) || !strings.Contains(err.Error(), `"payments"`)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// amtool runs Debian's amtool on a configuration.
func amtool(t *testing.T, config []byte, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("amtool")
	if err != nil {
		t.Fatalf("find amtool: %v; install it with: apt-get install -y prometheus-alertmanager", err)
	}
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "FILE", file)
	}
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("amtool %q: %v\n%s\n%s", args, err, out, config)
	}
	return strings.TrimSpace(string(out))
}

func TestAmtoolAcceptsAndRoutes(t *testing.T) {
	standalone, err := alertmanager.Standalone(find(t), receivers(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string][]byte{"standalone": standalone, "merged": merge(t, base)} {
		t.Run(name, func(t *testing.T) {
			amtool(t, config, "check-config", "FILE")
			for _, tt := range []struct {
				labels []string
				want   string
			}{
				{[]string{"slo=shop/checkout/availability", "owner=team-payments", "severity=page"}, "payments"},
				{[]string{"slo=shop/checkout/availability", "owner=team-payments", "severity=ticket"}, "inbox"},
				{[]string{"slo=shop/search/availability", "owner=team-search", "severity=page"}, "on-call"},
				{[]string{"slo=shop/nobody/availability", "severity=ticket"}, "inbox"},
				{[]string{"slo=shop/checkout/availability", "owner=team-payments", "severity=ticket", "slo_alert=absent"}, "inbox"},
				{[]string{"slo=shop/checkout", "owner=team-payments", "severity=ticket", "slo_alert=rules_missed"}, "infra"},
				{[]string{"slo=shop/odd/availability", "owner=" + hostile, "severity=ticket"}, "odd"},
			} {
				args := append([]string{"config", "routes", "test", "--config.file=FILE", "--verify.receivers=" + tt.want}, quote(tt.labels)...)
				if got := amtool(t, config, args...); !strings.HasSuffix(got, tt.want) {
					t.Errorf("%q go to %s, want %s", tt.labels, got, tt.want)
				}
			}
			if name == "merged" {
				amtool(t, config, "config", "routes", "test", "--config.file=FILE", "--verify.receivers=infra", "team=infra", "severity=page")
				amtool(t, config, "config", "routes", "test", "--config.file=FILE", "--verify.receivers=everybody", "severity=page")
			}
		})
	}
}

// quote writes labels as amtool's command line takes them.
func quote(labels []string) []string {
	quoted := make([]string, 0, len(labels))
	for _, l := range labels {
		name, value, _ := strings.Cut(l, "=")
		value = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value)
		quoted = append(quoted, name+`="`+value+`"`)
	}
	return quoted
}
