package budget

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// DefaultCacheBytes is how much of the packed slices a ledger keeps in memory
// unless told otherwise. Balances of all objectives read some three kilobytes
// of each.
const DefaultCacheBytes = 64 << 20

// pageID names one page of one series of a ledger.
type pageID struct {
	series uint32
	day    int32
}

// vault hands out the bodies of pages that are not kept in memory: from a
// bounded cache, else from the store. When the cache is full it forgets pages
// at random: balances of all objectives go through all pages in turn, and a
// cache that forgot the oldest would always miss.
type vault struct {
	store PageStore
	limit int

	mu     sync.RWMutex
	size   int
	bodies map[pageID][]byte
	pinned map[pageID][]byte // of pages that the store has already replaced
	failed map[pageID]failure
}

// failure is a page whose body cannot be had.
type failure struct {
	key Key
	day int64
	err error
}

func newVault(store PageStore, limit int) *vault {
	if limit <= 0 {
		limit = DefaultCacheBytes
	}
	return &vault{store: store, limit: limit, bodies: map[pageID][]byte{}, pinned: map[pageID][]byte{}, failed: map[pageID]failure{}}
}

// get returns the body of a page whose head is known, nil when it cannot be
// had; then failure says why until a later try succeeds.
func (v *vault) get(id pageID, k Key, head page) []byte {
	v.mu.RLock()
	data := v.bodies[id]
	if data == nil {
		data = v.pinned[id]
	}
	v.mu.RUnlock()
	if data != nil {
		return data
	}
	data, err := v.read(k, head)
	v.mu.Lock()
	defer v.mu.Unlock()
	if old := v.pinned[id]; err != nil && old != nil {
		return old // the store has the next one already
	}
	if err != nil {
		v.failed[id] = failure{k, head.day, err}
		return nil
	}
	delete(v.failed, id)
	v.keep(id, data)
	return data
}

// pageTimeout bounds the read of one page.
const pageTimeout = 30 * time.Second

// read reads a page from the store and compares it with its head.
func (v *vault) read(k Key, head page) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), pageTimeout)
	defer cancel()
	data, err := v.store.ReadPage(ctx, k, head.day)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: the store does not have it any more", ErrCorruptPage)
	}
	p, err := loadPage(head.day, data)
	if err != nil {
		return nil, err
	}
	if p.start != head.start || p.end != head.end || p.own != head.own {
		return nil, fmt.Errorf("%w: it is not the one that was written", ErrCorruptPage)
	}
	return data, nil
}

// keep takes a body into the cache. The caller holds mu.
func (v *vault) keep(id pageID, data []byte) {
	v.size += len(data) - len(v.bodies[id])
	v.bodies[id] = data
	for other, old := range v.bodies {
		if v.size <= v.limit {
			return
		}
		if other != id {
			v.size -= len(old)
			delete(v.bodies, other)
		}
	}
}

// pin keeps the bodies of pages that a commit is about to replace in the
// store, until replaced is called.
func (v *vault) pin(bodies map[pageID][]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.Copy(v.pinned, bodies)
}

// unpin forgets what was pinned.
func (v *vault) unpin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.pinned)
}

// put replaces the body of a page; nil when the page is gone.
func (v *vault) put(id pageID, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.failed, id)
	delete(v.pinned, id)
	if data != nil {
		v.keep(id, data)
		return
	}
	v.size -= len(v.bodies[id])
	delete(v.bodies, id)
}

// failure returns why a body of a series cannot be had, nil when all that were
// asked for could.
func (v *vault) failure(series uint32) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if len(v.failed) == 0 {
		return nil
	}
	for id, f := range v.failed {
		if id.series == series {
			return f.err
		}
	}
	return nil
}

// failedDays returns the days of a series whose bodies could not be had.
func (v *vault) failedDays(series uint32) []int64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	var days []int64
	for id, f := range v.failed {
		if id.series == series {
			days = append(days, f.day)
		}
	}
	return days
}

// corrupt takes out the pages that will never be had again.
func (v *vault) corrupt() map[pageID]failure {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list map[pageID]failure
	for id, f := range v.failed {
		if errors.Is(f.err, ErrCorruptPage) {
			if list == nil {
				list = map[pageID]failure{}
			}
			list[id] = f
			delete(v.failed, id)
		}
	}
	return list
}
