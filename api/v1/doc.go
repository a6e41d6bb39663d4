// Package v1 is the JSON of headroom's API, version 1: what GET /api/v1/slos,
// /api/v1/slos/{namespace}/{service}/{objective} and /api/v1/problems answer
// and what
// `headroom status --json` prints, and the events that POST /api/v1/events takes.
//
// A number that is not known is null, never 0 or 1. Shares are ratios (0.25 is
// a quarter), events are counts that may have fractions since metrics stores
// extrapolate. Keys are only ever added in this version: readers ignore those
// that they do not know.
package v1
