package budget

import "fmt"

// Unpack returns the slices of a page as a store keeps it, in order of time. It
// verifies the checksum, that the slices are sound, sorted, disjoint and of the
// day, and that they add up to what the page says of itself. Its error wraps
// ErrCorruptPage.
func Unpack(day int64, data []byte) ([]Slice, error) {
	p, err := loadPage(day, data)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("day %d: %w", day, err)
	}
	var list []Slice
	for s := range p.slices {
		list = append(list, s)
	}
	return list, nil
}
