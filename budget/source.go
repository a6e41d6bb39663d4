package budget

import "strconv"

// Name is the word for a source: "tile", "raw" or "event", and its number when
// it is none of these.
func (s Source) Name() string {
	switch s {
	case SourceTile:
		return "tile"
	case SourceRaw:
		return "raw"
	case SourceEvent:
		return "event"
	default:
		return strconv.Itoa(int(s))
	}
}
