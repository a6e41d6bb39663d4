package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// answer is one rendered body.
type answer struct {
	kind      string            // media type
	header    map[string]string // others
	body, zip []byte            // zip is nil for a short body
}

// answers keeps the bodies that were asked for, so that those who ask the same
// share them. It forgets what comes beyond maxAnswers.
type answers struct {
	mu    sync.Mutex
	known map[string]*answer
	size  int
}

// maxAnswers bounds the bodies that one snapshot keeps, in bytes.
const maxAnswers = 32 << 20

// compressFrom is the length from which a body is compressed: about a packet.
const compressFrom = 1400

// get returns the answer to a question, made by build unless it is known.
func (a *answers) get(question string, build func() (*answer, error)) (*answer, error) {
	a.mu.Lock()
	known := a.known[question]
	a.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made, err := build()
	if err != nil {
		return nil, err
	}
	if made.zip, err = compressed(made.body); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if size := len(question) + len(made.body) + len(made.zip); a.size+size <= maxAnswers {
		if a.known == nil {
			a.known = map[string]*answer{}
		}
		a.known[question] = made
		a.size += size
	}
	return made, nil
}

func compressed(body []byte) ([]byte, error) {
	if len(body) < compressFrom {
		return nil, nil
	}
	var zip bytes.Buffer
	w, err := gzip.NewWriterLevel(&zip, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.Bytes(), nil
}

// unchanged answers 304 to who has the tagged answer already, and reports
// whether it did. It sets the headers of an answer that may be kept and has to
// be asked for again.
func unchanged(c echo.Context, etag string) bool {
	h := c.Response().Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "private, no-cache")
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if !matches(c.Request().Header.Get("If-None-Match"), etag) {
		return false
	}
	c.Response().WriteHeader(http.StatusNotModified)
	return true
}

// tagged answers with a value as JSON, or 304 to who has the same already: its
// tag is of what it says.
func tagged(c echo.Context, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	sum := sha256.Sum256(body)
	if unchanged(c, `W/"`+hex.EncodeToString(sum[:12])+`"`) {
		return nil
	}
	return c.JSONBlob(http.StatusOK, append(body, '\n'))
}

// matches compares tags weakly, as If-None-Match wants (RFC 9110, 13.1.2).
func matches(header, etag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// send writes an answer, compressed where that is understood.
func (a *answer) send(c echo.Context) error {
	h := c.Response().Header()
	for name, value := range a.header {
		h.Set(name, value)
	}
	body := a.body
	if a.zip != nil && acceptsGzip(c.Request()) {
		h.Set(echo.HeaderContentEncoding, "gzip")
		body = a.zip
	}
	return c.Blob(http.StatusOK, a.kind, body)
}

// acceptsGzip reports whether a client takes gzip, which "gzip;q=0" denies.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get(echo.HeaderAcceptEncoding), ",") {
		name, weight, weighted := strings.Cut(strings.ReplaceAll(part, " ", ""), ";q=")
		if name != "gzip" && name != "*" {
			continue
		}
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || err == nil && q > 0
	}
	return false
}
