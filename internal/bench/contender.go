package main

import (
	"embed"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"

	"headroom/rules"
)

//go:embed testdata/*.yaml
var testdata embed.FS

// window is the period of the objective that all contenders compile.
const window = 30 * 24 * time.Hour

// allowed is the share of its events that may be bad.
const allowed = 0.001

// contender is one tool's way to say how much of the budget remains.
type contender struct {
	name   string
	groups []rulefmt.RuleGroup

	// history are the records that other rules sum over long times: they are
	// evaluated through all of the traffic, the others where they are read.
	history []string
	// shown are the records that are evaluated from the first sampled time on.
	shown []string
	// thin evaluates the history only at the last chance before each multiple
	// of it, for records that are read at those times only; 0 for always.
	thin time.Duration
	// everything asks for all rules from the first sampled time on; otherwise
	// what is not history is evaluated only where the cost is measured.
	everything bool

	// remaining is what the tool shows as the remaining share of the budget.
	remaining string
	// direct is the interval of the rules that remaining stands for: they are
	// not evaluated but their expressions put into remaining, since a range
	// query shares work that rules repeat. 0 when remaining reads what rules
	// recorded.
	direct time.Duration
}

// stage says which of a contender's rules are evaluated.
type stage int

const (
	historyStage stage = iota // what long sums will read
	truthStage                // also everything of those who want everything
	alertStage                // also what alerts rest on
	costStage                 // everything
)

// rulesOf returns the groups of a contender in a stage, under names of its own.
func (c contender) rulesOf(s stage) []rulefmt.RuleGroup {
	var groups []rulefmt.RuleGroup
	for _, g := range c.groups {
		var kept []rulefmt.Rule
		for _, r := range g.Rules {
			if c.wants(r, s) || s == alertStage && (c.direct == 0 || time.Duration(g.Interval) <= time.Minute) {
				kept = append(kept, r)
			}
		}
		if len(kept) > 0 {
			g.Name, g.Rules = c.name+"|"+g.Name, kept
			groups = append(groups, g)
		}
	}
	return groups
}

func (c contender) wants(r rulefmt.Rule, s stage) bool {
	return s == costStage || slices.Contains(c.history, r.Record) || s > historyStage && slices.Contains(c.shown, r.Record) || s == truthStage && c.everything
}

// records is how many series the rules record for an objective, but for those
// that exist only while something fires, is withheld or is young.
func (c contender) records() int {
	passing := []string{"", rules.MetricTierBurn, rules.MetricTierWithheld, rules.MetricMissed, rules.MetricAge}
	n := 0
	for _, g := range c.groups {
		for _, r := range g.Rules {
			if !slices.Contains(passing, r.Record) {
				n++
			}
		}
	}
	return n
}

// owner returns the name of the contender whose group it is.
func owner(group string) string {
	name, _, _ := strings.Cut(group, "|")
	return name
}

// ruleFile writes the rules of all contenders in a stage as one rule file.
func ruleFile(contenders []contender, s stage) ([]byte, error) {
	var file struct {
		Groups []rulefmt.RuleGroup `yaml:"groups"`
	}
	for _, c := range contenders {
		file.Groups = append(file.Groups, c.rulesOf(s)...)
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("write rules: %w", err)
	}
	return data, nil
}

func parseRules(name string, data []byte) ([]rulefmt.RuleGroup, error) {
	p := parser.NewParser(parser.Options{})
	parsed, errs := rulefmt.Parse(data, false, model.UTF8Validation, p, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		return nil, fmt.Errorf("read rules of %s: %w", name, errs[0])
	}
	return parsed.Groups, nil
}

func embedded(files ...string) ([]rulefmt.RuleGroup, error) {
	var groups []rulefmt.RuleGroup
	for _, file := range files {
		data, err := testdata.ReadFile("testdata/" + file)
		if err != nil {
			return nil, fmt.Errorf("read rules of %s: %w", file, err)
		}
		more, err := parseRules(file, data)
		if err != nil {
			return nil, err
		}
		for i := range more {
			more[i].Name = strings.TrimSuffix(file, ".yaml") + "/" + more[i].Name
		}
		groups = append(groups, more...)
	}
	return groups, nil
}
