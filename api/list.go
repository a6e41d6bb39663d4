package api

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"headroom/api/v1"
)

// listSLOs answers with statuses from the snapshot: all that match, or one page
// of them with a link to the next.
func (s *service) listSLOs(c echo.Context) error {
	query := c.QueryParams()
	page, err := v1.TakePage(query)
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	filter, err := v1.ParseFilter(query)
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	now, err := s.snapshots.get()
	if err != nil {
		return err
	}
	if unchanged(c, now.tag) {
		return nil
	}
	question := filter.Query()
	page.Add(question)
	found, err := now.answers.get(question.Encode(), func() (*answer, error) { return now.list(filter, page) })
	if err != nil {
		return err
	}
	return found.send(c)
}

func (s *snapshot) list(filter v1.Filter, page v1.Page) (*answer, error) {
	from, err := page.After(s.slos)
	if err != nil {
		return nil, &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	var body bytes.Buffer
	body.WriteByte('[')
	count, last, more := 0, 0, false
	for i := from; i < len(s.slos); i++ {
		if !filter.Match(s.slos[i]) {
			continue
		}
		if more = page.Limit > 0 && count == page.Limit; more {
			break
		}
		if count > 0 {
			body.WriteByte(',')
		}
		body.Write(s.texts[i])
		count, last = count+1, i
	}
	body.WriteString("]\n")
	a := &answer{kind: echo.MIMEApplicationJSON, body: body.Bytes()}
	if more {
		page.Cursor = v1.CursorOf(s.slos[last])
		a.header = map[string]string{"Link": nextLink(filter.Query(), page)}
	}
	return a, nil
}

// nextLink refers to the next page as RFC 8288 has it, relative to the request
// so that it holds behind every proxy.
func nextLink(query url.Values, next v1.Page) string {
	next.Add(query)
	return fmt.Sprintf(`<?%s>; rel="next"`, query.Encode())
}

// getSLO answers with one objective and the statuses of its groups.
func (s *service) getSLO(c echo.Context) error {
	now, err := s.snapshots.get()
	if err != nil {
		return err
	}
	objective, err := s.objective(c)
	if err != nil {
		return err
	}
	if unchanged(c, now.tag) {
		return nil
	}
	return c.JSON(http.StatusOK, objective)
}
