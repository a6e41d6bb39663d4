package correction

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

func (b *Book) now() time.Time { return b.o.Now().UTC().Truncate(time.Millisecond) }

// change makes one change and returns the correction after it.
func (b *Book) change(ctx context.Context, c Change) (Correction, error) {
	ids, err := b.commit(ctx, []Change{c})
	if err != nil {
		return Correction{}, err
	}
	if len(ids) > 0 {
		c.ID = ids[0]
	}
	b.o.Logger.Info("correction "+string(c.Action), "id", c.ID, "who", c.Who)
	return b.Get(c.ID)
}

// commit makes changes, and they count from then on: whoever asked for them may
// be gone meanwhile, and what is stored is never reported as not done.
func (b *Book) commit(ctx context.Context, changes []Change) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("write corrections: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	for i := range changes {
		changes[i].About = b.about(&changes[i])
	}
	ids, err := b.o.Store.ChangeCorrections(ctx, changes)
	if err != nil {
		return nil, fmt.Errorf("write corrections: %w", err)
	}
	if err := b.load(ctx); err != nil {
		b.o.Logger.Warn("read corrections back", "error", err)
		b.take(changes, ids)
	}
	b.o.Changed()
	return ids, nil
}

// about tells the correction that is changed in a line.
func (b *Book) about(c *Change) string {
	if c.Action == Added {
		return c.New.String()
	}
	known, _ := b.Get(c.ID) // the store refuses to change what there is not
	return known.String()
}

// take makes stored changes in memory, where they cannot be read back. The ids
// are of those that were added, in their order.
func (b *Book) take(changes []Change, ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(b.list)
	for _, change := range changes {
		c := &Correction{}
		if i := slices.IndexFunc(list, func(c Correction) bool { return c.ID == change.ID }); i >= 0 {
			c = &list[i]
		}
		switch change.Action {
		case Added:
			added := change.New
			added.ID, ids = ids[0], ids[1:]
			list = append(list, added)
		case Approved:
			c.approve(&change)
		case Moved:
			c.File = change.File
		case Withdrew:
			c.RevokedBy, c.RevokedAt, c.RevokeReason = change.Who, change.At, change.Reason
		}
	}
	b.list = list
}

// standing returns the correction that says the same as a new one, by the same
// author and over the API, and is not revoked.
func (b *Book) standing(c *Correction) (Correction, bool) {
	text := written(c.Terms.Draft)
	for _, other := range b.List() {
		if other.Source() == FromAPI && other.State() != Revoked && other.Author == c.Author && written(other.Terms.Draft) == text {
			return other, true
		}
	}
	return Correction{}, false
}

// written is a draft as it is stored: an empty list is as good as none.
func written(d Draft) string {
	text, err := json.Marshal(d)
	if err != nil {
		panic("correction: marshal of plain values: " + err.Error())
	}
	return string(text)
}

// alike reports whether two declarations say the same.
func alike(a, b Draft) bool { return reflect.DeepEqual(a, b) }
