// Package incident finds the incidents of an objective in its slices: the
// stretches of time in which its budget was spent much faster than it lasts.
//
// The rules are deterministic: the same slices, target and budget always give
// the same incidents. With b = 1 − target, and k bad of n events in a slice:
//
//   - A slice scores s = k − f·b·n, where f is Floor. That is the score whose
//     highest sum marks the likeliest stretch of a raised rate among Poisson
//     counts (the reference value of the Poisson CUSUM, J. M. Lucas, Counted
//     Data CUSUM's, Technometrics 27, 1985; E. S. Page, Continuous Inspection
//     Schemes, Biometrika 41, 1954): f = (m − 1)/ln m for a burn of m, so that
//     f = 2 looks for a burn of 3.5 and takes less than 2 for calm.
//   - A stretch begins with a slice of a positive score. It goes on for as long
//     as, within Apart of its end, there is a later slice up to which the time
//     since then scores positively. What comes before its lowest running sum is
//     cut off, and looked at by itself (the maximal scoring stretch: W. L. Ruzzo
//     and M. Tompa, A Linear Time Algorithm for Finding All Maximal Scoring
//     Subsequences, ISMB 1999).
//   - A stretch is an incident when its excess k − b·n is at least MinShare of
//     the budget and its evidence (alerting.Nats) at least MinNats.
//   - Incidents that are at most Apart apart are one, of the events of their
//     stretches: what is calm between them pays back nothing of what they cost.
//
// Time that was not measured scores nothing, and ends a stretch that it is
// longer than Apart.
package incident
