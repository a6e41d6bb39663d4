package v1

import "headroom/budget/gate"

// Gate is what GET /api/v1/gate/{namespace}/{service} answers: whether a
// release may go now, and why.
type Gate = gate.Answer

// Decision is one element of what GET /api/v1/decisions answers: an answer of
// the gate that was given one or more times without a change of its state.
type Decision = gate.Record

// Freeze says that a policy holds releases because of an objective.
type Freeze = gate.Freeze
