package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"headroom/slo"
)

// server answers queries as a Prometheus would that has every tile and every
// raw series.
type server struct {
	list []*slo.Objective
	once sync.Mutex // one answer at a time
	buf  []byte
}

// serve answers on a free port until the context ends, and prints its URL.
func serve(ctx context.Context, s settings, stdout io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	one := &server{list: objectives(s)}
	web := &http.Server{Handler: one} //nolint:gosec // no client is slow
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	fmt.Fprintf(stdout, "http://%s\n", listener.Addr())
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	s.once.Lock()
	defer s.once.Unlock()
	kind := "matrix"
	b := s.buf[:0]
	switch {
	case strings.Contains(query, "slo:info"):
		kind = "vector"
		b = s.infos(b, millis(r.FormValue("time")))
	case strings.Contains(query, "tile"):
		b = s.tiles(b, query, millis(r.FormValue("time")))
	default:
		b = raw(b, strings.Contains(query, "errors"), millis(r.FormValue("start")), millis(r.FormValue("end")))
	}
	s.buf = b
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[`, kind)
	_, _ = w.Write(b)
	_, _ = io.WriteString(w, "]}}")
}

func millis(seconds string) int64 {
	f, _ := strconv.ParseFloat(seconds, 64)
	return int64(f*1000 + 0.5)
}

// appendTime writes milliseconds as Prometheus does.
func appendTime(b []byte, ms int64) []byte {
	b = strconv.AppendInt(b, ms/1000, 10)
	if ms%1000 > 0 {
		b = fmt.Appendf(b, ".%03d", ms%1000)
	}
	return b
}

func (s *server) infos(b []byte, at int64) []byte {
	for i, o := range s.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"metric":{"slo":%q,"sli":%q,"spec":%q,"namespace":"bench","service":%q,"objective":%q,"owner":"team-%d","window":"30d","target":"99.9%%"},"value":[`,
			o.ID, o.SLI(), o.SpecHash(), o.ID.Service, o.ID.Objective, i/10)
		b = append(appendTime(b, at), `,"1"]}`...)
	}
	return b
}

// tiles writes the points of every objective within the range of the query.
// Each objective has its own phase within the step, as groups of rules do.
func (s *server) tiles(b []byte, query string, at int64) []byte {
	length, _ := strconv.ParseInt(strings.TrimSuffix(query[strings.LastIndexByte(query, '[')+1:], "ms]"), 10, 64)
	wanted := func(string) bool { return true }
	if _, list, found := strings.Cut(query, `slo=~"`); found {
		list, _, _ = strings.Cut(list, `"`)
		ids := map[string]bool{}
		for id := range strings.SplitSeq(list, "|") {
			ids[id] = true
		}
		wanted = func(id string) bool { return ids[id] }
	}
	for _, o := range s.list {
		if id := o.ID.String(); wanted(id) {
			for _, name := range []string{"slo:bad:tile", "slo:total:tile"} {
				if len(b) > 0 {
					b = append(b, ',')
				}
				b = fmt.Appendf(b, `{"metric":{"__name__":%q,"sli":%q,"slo":%q},"values":[`, name, o.SLI(), id)
				b = append(points(b, name == "slo:bad:tile", (at-length)/step*step+step, at), "]}"...)
			}
		}
	}
	return b
}

// raw writes one series without labels.
func raw(b []byte, bad bool, start, end int64) []byte {
	b = append(b, `{"metric":{},"values":[`...)
	return append(points(b, bad, start, end), "]}"...)
}

// points writes a point for each step; what it says of a time is always the
// same.
func points(b []byte, isBad bool, from, to int64) []byte {
	for t := from; t <= to; t += step {
		if t > from {
			b = append(b, ',')
		}
		bad, v := events(rand.New(rand.NewPCG(uint64(t), 2)))
		if isBad {
			v = bad
		}
		b = append(appendTime(append(b, '['), t), `,"`...)
		b = append(strconv.AppendFloat(b, v, 'f', -1, 64), `"]`...)
	}
	return b
}
