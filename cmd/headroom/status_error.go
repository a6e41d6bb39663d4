package main

import (
	"errors"
	"fmt"

	"headroom/api/client"
)

// explainUnanswered says what to do when the service gives no answer.
func explainUnanswered(err error) error {
	var asked *client.Error
	if errors.As(err, &asked) && asked.Status == 0 && errors.Is(err, client.ErrUnavailable) {
		return fmt.Errorf("%w\nIs headroom serve running there? --url or $%s names another address", err, urlVariable)
	}
	return err
}
