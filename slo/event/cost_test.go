package event_test

import (
	"errors"
	"strings"
	"testing"

	"headroom/slo"
	"headroom/slo/event"
)

func TestConditionsThatTakeTooLongAreRefused(t *testing.T) {
	long := "[" + strings.TrimSuffix(strings.Repeat("1,", 200), ",") + "]"
	for name, text := range map[string]string{
		"long lists in one another":  long + ".all(a, " + long + ".all(b, " + long + ".all(c, a + b + c > 0)))",
		"short lists in one another": strings.Repeat("[1,2,3].all(x, ", 12) + "branch != 'x'" + strings.Repeat(")", 12),
		"loops over attributes":      "attributes.all(k, attributes.all(l, attributes.all(m, attributes.all(n, attributes[k] != 'x'))))",
		"text that grows":            "size(" + strings.Repeat("[0,1,2,3,4,5,6,7].map(x, ", 8) + "branch" + strings.Repeat(")", 8) + ") > 0",
	} {
		var fault *slo.ExprError
		if err := event.CheckCondition(text); !errors.As(err, &fault) || fault.Check != event.CheckCost || fault.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUsualConditionsAreCheap(t *testing.T) {
	for _, text := range []string{
		`branch == "main" && outcome == "success"`,
		`ran_for < 600.0 && queued_for < 30.0 && attempt == 1`,
		`environment in ["prod", "prod-eu", "prod-us"] && !(fault in ["user", "cancelled"])`,
		`subject.matches("^acme/(shop|checkout|payments|search)(-[a-z0-9]+)*: (build|deploy|release)[.]ya?ml$")`,
		`attributes.exists(k, k.startsWith("team/") && attributes[k] == "web")`,
		`attributes.all(k, attributes.exists(l, attributes[l] == k))`,
	} {
		if err := event.CheckCondition(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
