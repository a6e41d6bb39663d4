// Package prove lets invented services live through incidents, restarts, late
// scrapes and missed evaluations, runs the compiled rules over them in the real
// engine, and compares every number and every alert with what package truth
// makes of the events themselves.
package prove
