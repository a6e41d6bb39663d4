// Package alerting derives the burn-rate alerts of an objective: which windows
// are watched, and above which error ratio a person hears of it. It is plain
// arithmetic; package rules turns a Plan into alerting rules.
//
// The method is multiwindow, multi-burn-rate alerting (Google, The Site
// Reliability Workbook, chapter 5), derived for any target and window instead
// of copied for 99.9 % over 30 days.
package alerting
