package event_test

import (
	"errors"
	"strings"
	"testing"

	"headroom/slo"
	"headroom/slo/event"
)

func TestCheckConditionSaysWhatWasMeant(t *testing.T) {
	for text, hint := range map[string]string{
		`branch = "main"`:                        "write == to compare",
		`branch == "main" & attempt == 1`:        "write && for and",
		`branch == "main" and attempt == 1`:      "write && for and",
		`branch == "main" | attempt == 1`:        "write || for or",
		`branch == "main" or attempt == 1`:       "write || for or",
		`not (branch == "main")`:                 "write ! for not",
		`branch.startswith("main")`:              "did you mean startsWith? A condition may call contains, startsWith,",
		`lower(branch) == "main"`:                "a condition may call contains, startsWith,",
		`brnch == "main"`:                        "did you mean branch? A condition may use source,",
		`outcome == "succes"`:                    "did you mean success?",
		`outcome in ["success", "ok"]`:           "outcome is one of success, failure, cancelled, skipped",
		`kind != "deploymnt" || fault == "user"`: "did you mean deployment?",
		`fault == "third party"`:                 "did you mean third-party?",
	} {
		var fault *slo.ExprError
		if err := event.CheckCondition(text); !errors.As(err, &fault) || !strings.HasPrefix(fault.Hint, hint) {
			t.Errorf("%s: %#v, want the hint %q", text, fault, hint)
		}
	}
}

// TestCheckConditionAllowsOtherTexts guards against refusing what can be true.
func TestCheckConditionAllowsOtherTexts(t *testing.T) {
	for _, text := range []string{
		`outcome == "failure" && fault in ["platform", "unknown"]`, `fault == ""`, `change == "hotfix"`, `kind.startsWith("deploy")`,
		`attributes.exists(kind, kind == "team")`, `attributes.outcome == "odd"`, `outcome in attributes`,
	} {
		if err := event.CheckCondition(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
