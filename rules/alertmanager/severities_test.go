package alertmanager_test

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"headroom/rules"
	"headroom/rules/alertmanager"
	"headroom/slo"
)

// planned are the alerts of an objective with a plan of its own.
func planned(t *testing.T, plan *slo.AlertPlan) alertmanager.Alerts {
	t.Helper()
	o := objective("checkout", "team-payments")
	o.Plan = plan
	a, err := alertmanager.Find([]*slo.Objective{o}, func(o []*slo.Objective) (iter.Seq[rules.Group], error) {
		return rules.All(o, rules.Prometheus3, rules.Options{})
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// renamed calls pages critical, and makes pages of alerts that are tickets
// otherwise.
func renamed() *slo.AlertPlan {
	critical := slo.OtherWish{NoticeWish: slo.NoticeWish{Severity: "critical"}}
	return &slo.AlertPlan{
		Name: "renamed", Page: slo.NoticeWish{Severity: "critical"},
		Others: map[string]slo.OtherWish{"exhausted": critical, "forecast": critical, "no_traffic": critical},
	}
}

func set(t *testing.T, texts ...string) alertmanager.Receivers {
	t.Helper()
	var r alertmanager.Receivers
	for _, text := range texts {
		if err := r.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// configuration is what is read back.
type configuration struct {
	Route struct {
		Routes []struct {
			Routes []struct {
				Matchers  []string `yaml:"matchers"`
				GroupWait string   `yaml:"group_wait"`
			} `yaml:"routes"`
		} `yaml:"routes"`
	} `yaml:"route"`
	InhibitRules []struct {
		Source []string `yaml:"source_matchers"`
		Target []string `yaml:"target_matchers"`
	} `yaml:"inhibit_rules"`
}

func standalone(t *testing.T, a alertmanager.Alerts, r alertmanager.Receivers) ([]byte, configuration) {
	t.Helper()
	text, err := alertmanager.Standalone(a, r)
	if err != nil {
		t.Fatal(err)
	}
	var c configuration
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return text, c
}

func TestWhatPages(t *testing.T) {
	for want, plan := range map[string]*slo.AlertPlan{
		"page":          nil,
		"critical":      renamed(),
		"critical page": {Page: slo.NoticeWish{Severity: "critical"}, Others: map[string]slo.OtherWish{"absent": {NoticeWish: slo.NoticeWish{Severity: "page"}}}},
		"":              {Page: slo.NoticeWish{Severity: "ticket"}},
	} {
		if got := strings.Join(planned(t, plan).Paging, " "); got != want {
			t.Errorf("%q page, want %q", got, want)
		}
	}
}

// TestARenamedPageIsNoTicket has a plan call its pages critical: they go out as
// soon as pages do, to the receiver of critical.
func TestARenamedPageIsNoTicket(t *testing.T) {
	text, c := standalone(t, planned(t, renamed()), set(t, "critical=on-call", "ticket=inbox"))
	amtool(t, text, "check-config", "FILE")
	for severity, receiver := range map[string]string{"critical": "on-call", "ticket": "inbox"} {
		amtool(t, text, "config", "routes", "test", "--config.file=FILE", "--verify.receivers="+receiver,
			`slo="shop/checkout/availability"`, "severity="+severity)
	}
	waits := map[string]string{}
	for _, leaf := range c.Route.Routes[0].Routes {
		waits[leaf.Matchers[len(leaf.Matchers)-1]] = leaf.GroupWait
	}
	if waits[`severity="critical"`] != "30s" || waits[`severity="ticket"`] != "5m" {
		t.Errorf("groups wait %v", waits)
	}
}

func TestReceiversFitSeverities(t *testing.T) {
	for _, tt := range []struct {
		receivers []string
		want      []string // parts of the error; none for no error
	}{
		{nil, nil},
		{[]string{"critical=a", "ticket=b", "rules_missed=c", "team-payments/critical=d"}, nil},
		{[]string{"page=a", "ticket=b"}, []string{"no receiver for the severity critical", "no alert has the severity page of the receiver a"}},
		{[]string{"critical=a"}, []string{"no receiver for the severity ticket"}},
		{[]string{"critical=a", "ticket=b", "team-payments/page=d"}, []string{"no alert has the severity page of the receiver d of team-payments"}},
	} {
		err := set(t, tt.receivers...).Check(planned(t, renamed()))
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%q: %v", tt.receivers, err)
		}
		for _, part := range tt.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v, want %s", tt.receivers, err, part)
			}
		}
	}
}

// TestOtherToolsKeepTheirAlerts asks for the receiver of what carries the label
// slo and is not headroom's.
func TestOtherToolsKeepTheirAlerts(t *testing.T) {
	text := merge(t, base)
	for want, labels := range map[string][]string{
		"everybody": {"slo=checkout-requests", "severity=critical"},
		"infra":     {"slo=checkout-requests", "severity=page", "team=infra"},
		"on-call":   {`slo="shop/search/availability"`, "severity=page", "team=infra"},
	} {
		amtool(t, text, append([]string{"config", "routes", "test", "--config.file=FILE", "--verify.receivers=" + want}, labels...)...)
	}
	_, c := standalone(t, find(t), receivers(t))
	for _, rule := range c.InhibitRules {
		for _, matchers := range [][]string{rule.Source, rule.Target} {
			if matched(t, matchers, map[string]string{"slo": "checkout-requests", "severity": "ticket"}) {
				t.Errorf("%q match another tool's alert", matchers)
			}
		}
	}
}

// TestOnlyABurnPageSilencesTickets has the exhausted budget and data alerts page.
func TestOnlyABurnPageSilencesTickets(t *testing.T) {
	_, c := standalone(t, planned(t, renamed()), set(t, "critical=on-call", "ticket=inbox"))
	alert := func(kind, severity string) map[string]string {
		return map[string]string{"slo": "shop/checkout/availability", "severity": severity, slo.LabelAlert: kind}
	}
	silences := func(source, target map[string]string) bool {
		for _, rule := range c.InhibitRules {
			if matched(t, rule.Source, source) && matched(t, rule.Target, target) {
				return true
			}
		}
		return false
	}
	burnPage, burnTicket := alert("", "critical"), alert("", "ticket")
	if !silences(burnPage, burnTicket) || !silences(burnPage, alert("absent", "ticket")) {
		t.Error("the page of a burn silences no ticket")
	}
	if !silences(alert("absent", "ticket"), alert("integrity", "ticket")) {
		t.Error("absent data does not silence what follows from it")
	}
	for _, target := range []map[string]string{burnTicket, alert("absent", "ticket"), alert("rules_missed", "ticket")} {
		if silences(alert("exhausted", "critical"), target) {
			t.Errorf("an exhausted budget that pages silences %v", target)
		}
	}
	kinds := []string{"", "exhausted", "forecast", "absent", "unmeasured", "no_traffic", "rules_missed", "integrity"}
	for _, source := range kinds {
		for _, target := range kinds {
			for _, severity := range []string{"critical", "ticket"} {
				if silences(alert(source, severity), alert(target, "critical")) {
					t.Errorf("%q with the severity %s silences %q, which pages", source, severity, target)
				}
			}
		}
	}
}

// matched reports whether Alertmanager would match labels.
func matched(t *testing.T, matchers []string, labels map[string]string) bool {
	t.Helper()
	if len(matchers) == 0 {
		t.Fatal("no matchers")
	}
	return !slices.ContainsFunc(matchers, func(m string) bool {
		parts := regexp.MustCompile(`^(\w+)(=~|!~|!=|=)(".*")$`).FindStringSubmatch(m)
		if parts == nil {
			t.Fatalf("%s is no matcher", m)
		}
		value, err := strconv.Unquote(parts[3])
		if err != nil {
			t.Fatal(err)
		}
		pattern := regexp.QuoteMeta(value)
		if strings.HasSuffix(parts[2], "~") {
			pattern = value
		}
		return regexp.MustCompile("^(?:"+pattern+")$").MatchString(labels[parts[1]]) == strings.HasPrefix(parts[2], "!")
	})
}
