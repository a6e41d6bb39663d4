package correction

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// numberedDay is a day of BYDAY with a number, such as 1TU or -1FR.
var numberedDay = regexp.MustCompile(`[0-9][A-Z]{2}`)

// ruleFault returns what a rule says that RFC 5545 (section 3.3.10) has no
// meaning for, and that would be read as something else, such as COUNT=0 as for
// ever.
func ruleFault(rule string) error {
	parts := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(rule)), "RRULE:"), ";") {
		name, value, _ := strings.Cut(part, "=")
		if _, twice := parts[name]; twice {
			return fmt.Errorf("%s stands in it twice", name)
		}
		parts[name] = value
	}
	for _, name := range []string{"COUNT", "INTERVAL"} {
		if text, found := parts[name]; found {
			if n, err := strconv.Atoi(text); err != nil || n < 1 {
				return fmt.Errorf("%s=%s is not a whole number from 1 on", name, text)
			}
		}
	}
	if parts["COUNT"] != "" && parts["UNTIL"] != "" {
		return errors.New("COUNT and UNTIL exclude one another")
	}
	if day := numberedDay.FindString(parts["BYDAY"]); day != "" && (parts["FREQ"] != "MONTHLY" && parts["FREQ"] != "YEARLY" || parts["BYWEEKNO"] != "") {
		return fmt.Errorf("BYDAY=%s says which of the month or of the year: it goes with FREQ=MONTHLY or YEARLY, without BYWEEKNO", parts["BYDAY"])
	}
	return nil
}
