package manifest

import (
	"os"
	"time"
)

// settled is how old a file's last change must be before its time and size
// alone tell that it is unchanged: some file systems count in seconds.
const settled = 2 * time.Second

// Cache keeps parsed files for the next Load of the same paths and forgets
// those that are gone. It is not safe for concurrent use.
type Cache struct {
	now   func() time.Time
	files map[string]*cached
	round int
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

// read returns what a file holds, parsing it when it is not certainly the one
// that was parsed before.
func (c *Cache) read(path string, parse func(string) parsed) parsed {
	info := fileInfo(path)
	entry := c.files[path]
	if entry == nil || !entry.unchanged(info) {
		entry = &cached{info: info, loaded: c.now(), parsed: parse(path)}
		c.files[path] = entry
	}
	entry.round = c.round
	return entry.parsed
}

func (e *cached) unchanged(info os.FileInfo) bool {
	return info != nil && e.info != nil && os.SameFile(info, e.info) &&
		info.Size() == e.info.Size() && info.ModTime().Equal(e.info.ModTime()) && info.Mode() == e.info.Mode() &&
		e.loaded.Sub(info.ModTime()) > settled
}

// sweep forgets the files that the last Load did not read.
func (c *Cache) sweep() {
	for path, entry := range c.files {
		if entry.round != c.round {
			delete(c.files, path)
		}
	}
	c.round++
}
