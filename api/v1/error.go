package v1

// Error is the body of every answer under /api that is not a success.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Code names a kind of error; it is stable, its message is not.
type Code string

// The codes.
const (
	CodeInvalid          Code = "invalid"            // 400: the request says something that cannot be
	CodeNotFound         Code = "not_found"          // 404
	CodeMethodNotAllowed Code = "method_not_allowed" // 405
	CodeTooLarge         Code = "too_large"          // 413: the request's body
	CodeInternal         Code = "internal"           // 500: the log says why
	CodeNotReady         Code = "not_ready"          // 503: the service is starting or stopping
)
