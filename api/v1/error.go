package v1

// Error is the body of every answer under /api that is not a success.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Details are the single faults of a request that has several.
	Details []string `json:"details,omitempty"`
}

// Code names a kind of error; it is stable, its message is not.
type Code string

// The codes.
const (
	CodeInvalid          Code = "invalid"            // 400: the request says something that cannot be
	CodeUnauthorized     Code = "unauthorized"       // 401: it is not known who asks
	CodeForbidden        Code = "forbidden"          // 403: who asks may not do this
	CodeNotFound         Code = "not_found"          // 404
	CodeMethodNotAllowed Code = "method_not_allowed" // 405
	CodeConflict         Code = "conflict"           // 409: the same is there already, as the message says
	CodeTooLarge         Code = "too_large"          // 413: the request's body
	CodeMediaType        Code = "media_type"         // 415: the request's body is not JSON
	CodeInternal         Code = "internal"           // 500: the log says why
	CodeNotReady         Code = "not_ready"          // 503: the service is starting or stopping
	CodeUnavailable      Code = "unavailable"        // 503: nothing was kept; the same request may succeed later
)
