package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"headroom/internal/atomicfile"
)

// rulesFile is the name of the active rules in the data directory. Together
// with the name of a group it decides the group's phase.
const rulesFile = "rules.yaml"

// Apply replaces the rules by those of one rule file and keeps a copy of it in
// the data directory. A file that Prometheus would refuse is refused with every
// reason, and the former rules stay active. Groups that did not change go on
// undisturbed; changed ones keep the state of their alerts. Rules that are
// applied before Run are evaluated from then on.
func (e *Engine) Apply(ctx context.Context, ruleFile []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("apply rules: %w", err)
	}
	e.lifecycle.Lock()
	defer e.lifecycle.Unlock()
	if e.stopped {
		return fmt.Errorf("apply rules: %w", ErrClosed)
	}
	if e.applied != nil && bytes.Equal(ruleFile, e.applied) {
		return nil
	}
	check := &memoryLoader{logger: e.logger, text: ruleFile}
	if _, errs := check.Load(rulesFile, false, model.UTF8Validation); len(errs) > 0 {
		return fmt.Errorf("apply rules: %w", errors.Join(errs...))
	}
	path := filepath.Join(e.options.Dir, rulesFile)
	if _, err := atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(ruleFile); return err }); err != nil {
		return fmt.Errorf("apply rules: write %s: %w", path, err)
	}
	// Before Run they only wait: the manager would wait for ever for a group that
	// never ran, if another Apply replaced it.
	if e.started {
		if err := e.update(ruleFile); err != nil {
			return err
		}
	}
	e.applied = slices.Clone(ruleFile)
	return nil
}

// update hands rules to the manager. The caller holds lifecycle.
func (e *Engine) update(ruleFile []byte) error {
	e.loader.text = ruleFile
	if err := e.rules.Update(defaultInterval, []string{rulesFile}, labels.EmptyLabels(), e.options.ExternalURL.String(), nil); err != nil {
		return fmt.Errorf("apply rules: %w", err)
	}
	return nil
}

// RuleFailure is a rule whose last evaluation went wrong.
type RuleFailure struct {
	Group, Rule string
	Err         error
	At          time.Time // of the evaluation
}

// RuleFailures returns the rules whose last evaluation went wrong, sorted by
// group and then in the order of the file.
func (e *Engine) RuleFailures() []RuleFailure {
	var failures []RuleFailure
	for _, g := range e.rules.RuleGroups() {
		for _, r := range g.Rules() {
			if r.Health() == rules.HealthBad {
				failures = append(failures, RuleFailure{Group: g.Name(), Rule: r.Name(), Err: r.LastError(), At: r.GetEvaluationTimestamp()})
			}
		}
	}
	return failures
}
