package catalog_test

import (
	"testing"

	"headroom/slo/catalog"
	"headroom/slo/manifest"
)

func BenchmarkResolve(b *testing.B) {
	c := manifest.Builtin()
	values := catalog.Values{"job": catalog.Text("shop/checkout")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Resolve("otel-http-availability", values); err != nil {
			b.Fatal(err)
		}
	}
}
