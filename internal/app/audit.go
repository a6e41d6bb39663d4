package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/budget/policy"
	"headroom/budget/sqlite"
	"headroom/internal/config"
	"headroom/slo"
	"headroom/slo/diag"
)

const checkAudit = "audit-not-kept"

// auditInterval is how often what is counted together is made durable.
const auditInterval = time.Second

// Kinds of things whose changes are told.
const (
	auditSpecs    = "spec"
	auditPolicies = "policy"
	auditTokens   = "token"
	auditConfig   = "config"
)

// newAudit begins with what the service was started with.
func (a *App) newAudit(ctx context.Context, db *sqlite.Store) (*audit.Keeper, error) {
	k, err := audit.New(audit.Options{Store: db, Keep: a.Config.Retention.Audit, Now: a.Now, Logger: a.Logger})
	if err != nil {
		return nil, err
	}
	a.cleanups.add("keep the last of the audit", func() error { k.Flush(context.Background()); return k.Err() })
	k.Record(ctx, audit.Entry{Actor: audit.Service, Action: audit.ServiceStart, Subject: "service", Outcome: audit.Done, Details: strings.TrimSpace("version " + a.Version)})
	k.Compare(ctx, audit.Things{
		Kind: auditConfig, Accept: audit.ConfigRead, Remove: audit.ConfigRead, Actor: audit.Service,
		Present: map[string]string{"configuration": digest(a.Config)},
	})
	k.Compare(ctx, audit.Things{
		Kind: auditTokens, Accept: audit.TokenAccept, Remove: audit.TokenRemove, Actor: audit.Service, Present: tokenLines(a.Config.Tokens),
	})
	return k, nil
}

// digest tells configurations apart. Secrets are no part of it: they show
// themselves as a word.
func digest(c config.Config) string {
	c.Tokens = nil // told by themselves
	text, err := json.Marshal(c)
	if err != nil {
		return "cannot be told: " + err.Error()
	}
	sum := sha256.Sum256(text)
	return "SHA-256 " + hex.EncodeToString(sum[:8])
}

func tokenLines(tokens []config.Token) map[string]string {
	lines := map[string]string{}
	for _, t := range tokens {
		var parts []string
		if t.Role != "" {
			parts = append(parts, "role "+t.Role)
		}
		if len(t.Scopes) > 0 {
			parts = append(parts, "scopes "+strings.Join(t.Scopes, ", "))
		}
		if len(t.Owners) > 0 {
			parts = append(parts, "owners "+strings.Join(t.Owners, ", "))
		}
		of := sha256.Sum256(t.SHA256[:]) // so that another token of the same name is seen, and this one is not found by it
		lines["token "+t.Name] = strings.Join(append(parts, "print "+hex.EncodeToString(of[:4])), "; ")
	}
	return lines
}

// auditObjectives tells which objectives are accepted anew, in another version, or no
// longer.
func (a *App) auditObjectives(ctx context.Context, objectives []*slo.Objective) {
	lines := make(map[string]string, len(objectives))
	for _, o := range objectives {
		line := fmt.Sprintf("target %s over %s, sli %s, spec %s", o.Target, o.Window, o.SLI(), o.SpecHash())
		if o.Owner != "" {
			line += ", owner " + o.Owner
		}
		if len(o.Labels) > 0 {
			line += ", labels " + slo.NewGroup(o.Labels).String()
		}
		lines[o.ID.String()] = line
	}
	a.audit.Compare(ctx, audit.Things{Kind: auditSpecs, Accept: audit.SpecAccept, Remove: audit.SpecRemove, Actor: audit.Files, Present: lines})
}

func (a *App) auditPolicies(ctx context.Context, policies []policy.Policy) {
	lines := make(map[string]string, len(policies))
	for i := range policies {
		p := &policies[i]
		lines["policy "+p.Name] = policyLine(p)
	}
	a.audit.Compare(ctx, audit.Things{Kind: auditPolicies, Accept: audit.PolicyAccept, Remove: audit.PolicyRemove, Actor: audit.Files, Present: lines})
}

// policyLine says all of a policy but where it is written.
func policyLine(p *policy.Policy) string {
	pass := "nothing passes"
	if len(p.Pass) > 0 {
		pass = "pass " + words(p.Pass)
	}
	s := &p.Objectives
	whom := correction.Selector{IDs: s.IDs, Services: s.Services, Namespaces: s.Namespaces, Owners: s.Owners, Labels: s.Labels}
	objectives := whom.String()
	if whom.Empty() {
		objectives = "every objective"
	}
	return fmt.Sprintf("freeze at %.12g%%, environments %s, %s, mode %s, unknown %s, approval of corrections %s, of %s",
		100*p.FreezeAt, words(p.Environments), pass, p.Mode, p.Unknown, p.Approval, objectives)
}

func words[T ~string](list []T) string {
	text := make([]string, len(list))
	for i, word := range list {
		text[i] = string(word)
	}
	return strings.Join(text, ", ")
}

func (a *App) auditProblems() []diag.Problem {
	err := a.audit.Err()
	if err == nil {
		return nil
	}
	return []diag.Problem{problem(checkAudit, err, "what files say works all the same, and is told later; see to the data directory")}
}
