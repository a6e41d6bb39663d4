package manifest

import (
	"bytes"
	"os"
	"slices"
	"time"
)

// settled is how old a file's last change must be before its time and size
// alone tell that it is unchanged: some file systems count in seconds.
const settled = 2 * time.Second

// Cache keeps parsed files for the next Load of the same paths and forgets
// those that are gone. It is not safe for concurrent use.
type Cache struct {
	now     func() time.Time
	key     string // of the options that everything was parsed with
	files   map[string]*cached
	round   int
	fresh   bool // something was read that is not what was there before
	changed bool
}

type cached struct {
	info   os.FileInfo
	loaded time.Time
	round  int
	parsed parsed
}

// NewCache makes an empty cache; now tells the time, time.Now when nil.
func NewCache(now func() time.Time) *Cache {
	if now == nil {
		now = time.Now
	}
	return &Cache{now: now, files: map[string]*cached{}}
}

// Changed reports whether the last Load found other documents, or other
// problems in files, than the one before.
func (c *Cache) Changed() bool { return c.changed }

// begin starts a Load. What was parsed with options of another key is forgotten.
func (c *Cache) begin(key string) {
	if key != c.key {
		c.key, c.fresh = key, len(c.files) > 0
		clear(c.files)
	}
}

// read returns what a file holds, parsing it when it is not certainly the one
// that was parsed before.
func (c *Cache) read(path string, parse func(string) parsed) parsed {
	info := fileInfo(path)
	entry := c.files[path]
	switch {
	case entry == nil:
		entry = &cached{info: info, loaded: c.now(), parsed: parse(path)}
		c.files[path] = entry
		c.fresh = true
	case !entry.unchanged(info):
		entry.info, entry.loaded = info, c.now()
		if again := parse(path); !same(again, entry.parsed) {
			entry.parsed = again
			c.fresh = true
		}
	}
	entry.round = c.round
	return entry.parsed
}

func (e *cached) unchanged(info os.FileInfo) bool {
	return info != nil && e.info != nil && os.SameFile(info, e.info) &&
		info.Size() == e.info.Size() && info.ModTime().Equal(e.info.ModTime()) && info.Mode() == e.info.Mode() &&
		e.loaded.Sub(info.ModTime()) > settled
}

// same reports whether two readings of one file found the same text and the
// same problems.
func same(a, b parsed) bool {
	return slices.Equal(a.problems, b.problems) && slices.EqualFunc(a.documents, b.documents, func(a, b Document) bool {
		return a.Line == b.Line && bytes.Equal(a.Text, b.Text)
	})
}

// sweep ends a Load: it forgets the files that the Load did not read.
func (c *Cache) sweep() {
	for path, entry := range c.files {
		if entry.round != c.round {
			delete(c.files, path)
			c.fresh = true
		}
	}
	c.round++
	c.changed, c.fresh = c.fresh, false
}
