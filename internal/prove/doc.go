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
//
// The lives of TestLives are not drawn. They find each of these rules: another
// bound of a native histogram, a query that is not anchored, a budget that is
// exhausted whatever its age, and absent data that is told twice as late. And
// each of these ledgers: tiles that are taken whatever came before them, one step
// read where many were missed, no time read again that late samples may have come
// for, nor any from before a restart, a slice taken twice, one that crosses the
// begin of a window counted whole, numbers that are known from 80 % on, burn rates
// of less than half of their time, corrections that take away the same from every
// window, time that is excluded and counts as life, an adjustment of excluded time,
// days of a fixed length when clocks change, corrections that wait for approval
// and count, and, of what was known at a time, no slices from before a change, none
// of those that came late, none but those of what is counted today, and no
// corrections that were revoked since.
package prove
