package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
)

func (s *service) datasourceRoutes() []route {
	if s.Datasources == nil {
		return nil
	}
	return []route{{method: http.MethodGet, path: apiPrefix + "datasources", scope: auth.Read, handler: s.listDatasources}}
}

func (s *service) listDatasources(c echo.Context) error {
	return c.JSON(http.StatusOK, append([]v1.Datasource{}, s.Datasources()...))
}
