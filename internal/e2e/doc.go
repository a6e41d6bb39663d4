// Package e2e holds the end-to-end tests: they start the real headroom binary
// beside real servers (Prometheus, Alertmanager) on loopback, drive real
// traffic, and compare what headroom says with what the traffic's server
// counted itself. Times are short because the specs ask for a resolution of
// ten seconds, not because the program has a path for tests.
package e2e
