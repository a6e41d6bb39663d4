package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v4"

	"headroom/docs/openapi"
)

// documentRoutes describe the API. They are open: what they say is public.
func (s *service) documentRoutes() []route {
	return []route{
		{method: http.MethodGet, path: apiPrefix + "openapi.yaml", scope: open, handler: func(c echo.Context) error {
			return c.Blob(http.StatusOK, "application/yaml", openapi.Document())
		}},
		{method: http.MethodGet, path: apiPrefix + "openapi.json", scope: open, handler: func(c echo.Context) error {
			document, err := documentJSON()
			if err != nil {
				return err
			}
			return c.JSONBlob(http.StatusOK, document)
		}},
	}
}

func documentJSON() ([]byte, error) {
	var document any
	if err := yaml.Unmarshal(openapi.Document(), &document); err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	return json.Marshal(document)
}
