package budget

import (
	"fmt"
	"sort"
	"time"
)

// retry reads again the pages that could not be read before, also those that
// nothing asks for now: once the store is back, they are no reason to doubt.
func (s *series) retry() {
	if s == nil || s.vault == nil {
		return
	}
	for _, day := range s.vault.failedDays(s.id) {
		i := sort.Search(len(s.pages), func(i int) bool { return s.pages[i].day >= day })
		if i < len(s.pages) && s.pages[i].day == day {
			s.open(i)
		}
	}
}

// believed takes back what a status says when a page that it needs could not be
// read from the store.
func (s *series) believed(status Status) Status {
	if s == nil || s.vault == nil {
		return status
	}
	err := s.vault.failure(s.id)
	if err == nil && !s.incomplete {
		return status
	}
	b := status.Balance
	status.Balance = Balance{Start: b.Start, End: b.End, Since: b.Since, Burn: map[time.Duration]*float64{}}
	for lookback := range b.Burn {
		status.Balance.Burn[lookback] = nil
	}
	status.Data, status.State = DataUnmeasured, StateUnknown
	status.Reason = fmt.Sprintf("The ledger's store cannot be read: %v.", err)
	return status
}

// dropCorrupt takes out of the ledger the pages that turned out to be corrupt
// when they were read again; a Reader reads their time from the source. Losses
// that could not be computed for want of a page are computed again. The caller
// holds l.writing.
func (l *Ledger) dropCorrupt() {
	if l.vault == nil {
		return
	}
	corrupt := l.vault.corrupt()
	if len(corrupt) == 0 && !l.incomplete() {
		return
	}
	l.reading.Lock()
	defer l.reading.Unlock()
	for _, f := range corrupt {
		if s := l.series(f.key); s != nil {
			s.replace(map[int64][]Slice{f.day: nil}, map[int64]page{})
		}
		l.spoiled(f.key, f.day, f.err)
	}
	for _, t := range l.tracks {
		for _, s := range t.groups {
			if s.incomplete {
				s.lose(nil)
			}
		}
	}
}

// incomplete reports whether any losses are to be computed again.
func (l *Ledger) incomplete() bool {
	if len(l.corrections) == 0 {
		return false
	}
	for _, t := range l.tracks {
		for _, s := range t.groups {
			if s.incomplete {
				return true
			}
		}
	}
	return false
}
