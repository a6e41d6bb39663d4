package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Bounds of the traffic: the highest rate in requests per second, and how many
// requests may be under way before a customer turns away at the door.
const (
	maxRate = 1000
	crowd   = 500
)

// customers send the shop requests at a steady rate; every fifth buys.
type customers struct {
	url    string
	rate   float64
	client *http.Client
}

func newCustomers(url string, rate float64) *customers {
	transport := &http.Transport{MaxIdleConnsPerHost: crowd}
	return &customers{url: url, rate: rate, client: &http.Client{Transport: transport, Timeout: 5 * time.Second}}
}

// run returns when the context has ended and every customer has left.
func (c *customers) run(ctx context.Context) {
	defer c.client.CloseIdleConnections()
	if c.rate == 0 {
		return
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / c.rate))
	defer tick.Stop()
	var inside sync.WaitGroup
	defer inside.Wait()
	door := make(chan struct{}, crowd)
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select {
		case door <- struct{}{}:
		default:
			continue
		}
		path := "/"
		if n%5 == 0 {
			path = "/checkout"
		}
		inside.Go(func() {
			defer func() { <-door }()
			c.visit(ctx, path)
		})
	}
}

// visit makes one request. Its answer is the shop's to count.
func (c *customers) visit(ctx context.Context, path string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, http.NoBody)
	if err != nil {
		return
	}
	response, err := c.client.Do(request)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}
