// Package loopback finds addresses for servers that cannot say which port
// they chose, such as Prometheus started by a test.
package loopback

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
)

// Ports below those that kernels hand out by themselves (Linux: 32768–60999),
// so that no connection and no other listener on port 0 takes one between the
// moment it is found and the moment its server listens.
const (
	firstPort = 12_000
	ports     = 20_000
)

// given counts from a random place, so that two processes rarely try the same.
var (
	given atomic.Uint32
	place = rand.Uint32N(ports)
)

// Address is a host and port of 127.0.0.1 that nothing listens on. It is never
// given twice to one process before all the others were.
func Address(ctx context.Context) (string, error) {
	var last error
	for range ports {
		port := firstPort + int((place+given.Add(1))%ports)
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			last = err
			continue
		}
		if err := l.Close(); err != nil {
			return "", fmt.Errorf("give back port %d: %w", port, err)
		}
		return address, nil
	}
	return "", fmt.Errorf("no free port from %d to %d on 127.0.0.1: %w", firstPort, firstPort+ports-1, last)
}
