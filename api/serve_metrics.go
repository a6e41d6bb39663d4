package api

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// serveMetrics serves what is registered and the gauges of the objectives. The
// gauges are rendered once for a snapshot, since collecting those of thousands
// of objectives takes seconds.
func (s *service) serveMetrics() echo.HandlerFunc {
	registered := promhttp.HandlerFor(append(prometheus.Gatherers{s.Registry}, s.Gatherers...), promhttp.HandlerOpts{
		ErrorLog:            promLogger{s.Logger},
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 8,
		Registry:            s.Registry,
		DisableCompression:  true,
	})
	return func(c echo.Context) error {
		// The gauges come in the text format alone, so that the rest does, too.
		ask := c.Request().Clone(c.Request().Context())
		ask.Header.Del(echo.HeaderAccept)
		ask.Method = http.MethodGet
		rest := &held{header: http.Header{}, status: http.StatusOK}
		registered.ServeHTTP(rest, ask)
		kind := rest.header.Get(echo.HeaderContentType)
		if rest.status != http.StatusOK {
			return c.Blob(rest.status, kind, rest.body.Bytes())
		}
		gauges, err := s.gauges()
		if err != nil { // what goes on is all the more needed then
			s.Logger.Error("render the gauges of objectives", "error", err)
		}
		return writeMetrics(c, kind, gauges, rest.body.Bytes())
	}
}

// gauges returns the gauges of the current snapshot.
func (s *service) gauges() (gauges rendered, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.snapshots.scrape()
}

func writeMetrics(c echo.Context, kind string, gauges rendered, rest []byte) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	zip := acceptsGzip(c.Request())
	if zip {
		h.Set(echo.HeaderContentEncoding, "gzip")
	}
	c.Response().WriteHeader(http.StatusOK)
	switch {
	case c.Request().Method == http.MethodHead:
		return nil
	case zip:
		return gauges.writeGzip(c.Response(), rest)
	}
	if err := gauges.writePlain(c.Response()); err != nil {
		return err
	}
	_, err := c.Response().Write(rest)
	return err
}

// held keeps an answer instead of sending it.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// promLogger writes what promhttp complains about to the service's log.
type promLogger struct{ logger *slog.Logger }

func (l promLogger) Println(v ...any) {
	l.logger.Error("gather metrics", "error", fmt.Sprint(v...))
}
