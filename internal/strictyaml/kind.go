package strictyaml

import (
	"fmt"
	"slices"
	"strings"
)

// Version is the version of the forms of documents, which the key headroom of
// each says first.
const Version = "v1"

// Kind is a kind of document: what its second key is called.
type Kind struct {
	Key       string // such as "policy"
	Plural    string // such as "policies"
	Named     string // what the key says, such as "with its name"
	Elsewhere string // where documents of another kind belong, such as "to a spec file"
}

// Is reports whether the document is of a kind, so that it is worth decoding,
// and reports why when it is not, or when it is of another version. What is no
// map at all is left to decoding, which says so.
func (d *Document) Is(k Kind) bool {
	keys := d.Keys()
	if len(keys) == 0 {
		if d.root != nil && (Node{d.root}).IsMap() {
			d.Report(Node{d.root}, "spec-version", "headroom: v1 is missing", "write headroom: v1 as the first line of the document")
			return false
		}
		return true
	}
	switch version := d.Get("headroom"); {
	case version.IsZero():
		d.Report(keys[0], "spec-version", "headroom: v1 is missing", "write headroom: v1 as the first line of the document")
	case version.Text() != Version:
		d.Report(version, "spec-version", fmt.Sprintf("version %s is not supported", quoted(version.Text())), "write headroom: v1")
	}
	at := slices.IndexFunc(keys, func(n Node) bool { return n.Text() != "headroom" })
	switch {
	case at >= 0 && keys[at].Text() == k.Key:
		return true
	case at >= 0 && !d.Get(k.Key).IsZero():
		d.Report(keys[at], "document-kind", fmt.Sprintf("the second key is %s, want %s", quoted(keys[at].Text()), k.Key), fmt.Sprintf("write %s: directly under headroom: v1", k.Key))
		return true
	case at >= 0:
		d.Report(keys[at], "document-kind", fmt.Sprintf("the second key is %s: this file is for %s", quoted(keys[at].Text()), k.Plural), fmt.Sprintf("write %s: %s, or move the document %s", k.Key, k.Named, k.Elsewhere))
	default:
		d.Report(keys[0], "document-kind", "the document says nothing but its version", fmt.Sprintf("write %s: %s as the second line", k.Key, k.Named))
	}
	return false
}

// quoted quotes a text of the user, cut where it is longer than helps.
func quoted(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
