// Package alarms simulates the alerts of a plan on random traffic: how often
// they are false, and how long a burn takes to be noticed. It decides with
// alerting.Judge on exact counts of whole minutes; that the compiled rules
// decide alike is for the tests of package rules.
package alarms
