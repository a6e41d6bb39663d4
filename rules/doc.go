// Package rules compiles objectives and their alerting plans into Prometheus
// recording and alerting rules.
//
// Per objective there are two groups. The short group runs each Step (at most a
// minute): counts over one resolution, the short windows, the alerts. The tile
// group runs each resolution: slo:bad:tile and slo:total:tile hold the events
// of one step and catch up after missed evaluations, and every long window is a
// sum over them. Raw series are read over short ranges only, so that an
// objective costs the metrics store the same whatever its window is.
//
// Recorded series carry slo, sli and the group labels, nothing else; what a
// reorganisation may change stands on slo:info. All PromQL is built from the
// parser's syntax tree.
package rules
