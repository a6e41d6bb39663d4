package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/why"
	"headroom/slo"
)

// Teller tells how the balances of an objective came to be. *why.Teller is one.
type Teller interface {
	Tell(ctx context.Context, o *slo.Objective, q why.Query) ([]why.Chain, error)
}

var _ Teller = (*why.Teller)(nil)

func (s *service) whyRoutes() []route {
	if s.Why == nil {
		return nil
	}
	return []route{{method: http.MethodGet, path: objectivePath + "/why", scope: auth.Read, handler: s.getWhy}}
}

// getWhy tells how the numbers of an objective came to be.
func (s *service) getWhy(c echo.Context) error {
	o, err := s.declared(c)
	if err != nil {
		return err
	}
	chains, err := s.tell(c, o)
	if err != nil {
		return err
	}
	return tagged(c, chains)
}

// tell tells what the parameters ask about.
func (s *service) tell(c echo.Context, o *slo.Objective) ([]v1.Why, error) {
	q, err := v1.ParseWhyQuery(c.QueryParams())
	if err != nil {
		return nil, invalid(err)
	}
	chains, err := s.Why.Tell(c.Request().Context(), o, why.Query{Group: q.Group, At: q.At, Known: q.Known})
	switch {
	case errors.Is(err, why.ErrFuture), errors.Is(err, budget.ErrManyGroups), errors.Is(err, budget.ErrNoRevisions):
		return nil, invalid(err)
	case err != nil:
		return nil, err
	case len(chains) == 0 && q.Group != nil:
		return nil, &Error{Code: v1.CodeNotFound, Message: "the window has nothing of the group {" + q.Group.String() + "} of " + o.ID.String()}
	}
	return append([]v1.Why{}, chains...), nil
}
