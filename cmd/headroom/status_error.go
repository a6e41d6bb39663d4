package main

import (
	"errors"
	"fmt"
	"net/http"

	"headroom/api/client"
)

// explainUnanswered says what to do when the service gives no answer.
func explainUnanswered(err error) error {
	var asked *client.Error
	if errors.As(err, &asked) && asked.Status == 0 && errors.Is(err, client.ErrUnavailable) {
		return fmt.Errorf("%w\nIs headroom serve running there? --url or $%s names another address", err, urlVariable)
	}
	if errors.Is(err, client.ErrNotHeadroom) {
		return fmt.Errorf("%w\nThis address is not that of headroom's API: correct --url or $%s", err, urlVariable)
	}
	if asked != nil && asked.Status == http.StatusUnauthorized {
		return fmt.Errorf("%w\n--token-file or $%s gives a token; who runs the service makes one with headroom token", err, tokenVariable)
	}
	return err
}
