// Package slo is the domain of headroom: objectives, their identity, targets,
// windows and indicators. It knows no clock, no network and no file.
package slo
