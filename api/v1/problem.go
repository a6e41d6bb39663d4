package v1

import "headroom/slo/diag"

// Problem is one element of what GET /api/v1/problems answers: what is wrong
// in the spec files, where, and how to mend it.
type Problem = diag.Problem
