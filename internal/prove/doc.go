// Package prove lets invented services live through incidents, restarts, late
// scrapes and missed evaluations, runs the compiled rules over them in the real
// engine, and compares every number and every alert with what package truth
// makes of the events themselves.
//
// It was tried on rules broken on purpose. The twenty scenarios of the tests find
// each of these: no catch-up, a catch-up that takes off nothing, one that is
// always used, ranges half a step too long, resets ignored, an increase that is
// not anchored, vector(0) for absent errors, no value for absent errors, and
// absent good events that are no outage. Other scenarios found, within seconds, a
// wrong budget in what is left, a tier that looks at its long window alone, one
// that asks for no evidence, and evidence that is not divided by the dispersion.
package prove
