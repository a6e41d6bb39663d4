package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// The files of the demo, as a team and an operator would write them.
const (
	spec = `headroom: v1
service: shop
owner: team-shop
channel: "#shop"
description: Requests that are answered without a server error.
objectives:
  availability:
    target: 99.5%
    window: 1h
    resolution: 10s
    ratio:
      bad: http_requests_total{job="shop", code=~"5.."}
      total: http_requests_total{job="shop"}
---
headroom: v1
service: platform/deployments
owner: team-platform
description: Deployments that succeed.
objectives:
  success:
    target: 95%
    window: 1h
    resolution: 10s
    events: {kind: deployment, good: 'outcome == "success"'}
`

	policy = `headroom: v1
policy: production-freeze
freeze: {remaining: 0%}
environments: [production]
pass: [fix, security, rollback]
mode: enforce
`

	configuration = `listen: 127.0.0.1:0
data_dir: data
specs: [{path: specs}]
policies: [policies]
alertmanagers: [%q]
engine:
  scrape:
  - {job: shop, targets: [%q], interval: 2s, timeout: 1s}
`
)

func (w *world) writeFiles(alertmanager string) error {
	for name, content := range map[string]string{
		"specs/shop.slo.yaml":             spec,
		"policies/production.policy.yaml": policy,
		"headroom.yaml":                   fmt.Sprintf(configuration, alertmanager, w.shopAddress),
	} {
		path := filepath.Join(w.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}
