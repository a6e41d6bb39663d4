// Package synth invents the series that an indicator would read: from the
// indicator's own selectors it derives concrete labels that match, and says
// how the value of each series follows from how many events happened and how
// many of them were bad. It knows no clock and no store.
package synth
