// Package truth counts events where they happen, in plain Go and without
// PromQL: what the error ratio, the budget and the alerts of an objective are
// when nothing is lost on the way. Compiled rules are measured against it.
package truth
