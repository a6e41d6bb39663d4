// Package defaults reads what an organisation gives to every objective unless
// its spec says otherwise, and what it asks of every spec: documents of the
// kind defaults, which the operator of headroom writes.
package defaults
