package auth_test

import (
	"testing"

	"headroom/api/auth"
)

// TestRoles states what each role may do, one letter for each scope.
func TestRoles(t *testing.T) {
	for role, want := range map[auth.Role]map[auth.Scope]bool{
		auth.Viewer:   {auth.Read: true},
		auth.Editor:   {auth.Read: true, auth.Events: true, auth.Decide: true, auth.Correct: true, auth.Annotate: true},
		auth.Approver: {auth.Read: true, auth.Events: true, auth.Decide: true, auth.Correct: true, auth.Annotate: true, auth.Approve: true},
		auth.Administrator: {
			auth.Read: true, auth.Events: true, auth.Decide: true, auth.Exempt: true,
			auth.Correct: true, auth.Annotate: true, auth.Approve: true, auth.Admin: true,
		},
	} {
		token := auth.Generate()
		who, err := accept(t, auth.Token{Name: "x", Hash: auth.HashOf(token), Role: role}).Identify("Bearer " + token)
		if err != nil {
			t.Fatal(err)
		}
		for _, scope := range auth.Scopes() {
			if who.May(scope) != want[scope] {
				t.Errorf("%s may %s: %t", role, scope, who.May(scope))
			}
		}
	}
}

func TestARoleAndScopesAddUp(t *testing.T) {
	token := auth.Generate()
	who, err := accept(t, auth.Token{Name: "x", Hash: auth.HashOf(token), Role: auth.Viewer, Scopes: []auth.Scope{auth.Exempt}}).Identify("Bearer " + token)
	if err != nil || !who.May(auth.Read) || !who.May(auth.Exempt) || who.May(auth.Events) {
		t.Errorf("%+v, %v", who, err)
	}
	if _, err := auth.New([]auth.Token{{Name: "x", Role: "king"}}); err == nil {
		t.Error("no error for a role that is not known")
	}
}

func TestOwners(t *testing.T) {
	bound, free := auth.Generate(), auth.Generate()
	set := accept(t,
		auth.Token{Name: "bound", Hash: auth.HashOf(bound), Role: auth.Administrator, Owners: []string{"team-a", "team-b"}},
		auth.Token{Name: "free", Hash: auth.HashOf(free), Role: auth.Editor},
	)
	owns := func(token, owner string) bool {
		who, err := set.Identify("Bearer " + token)
		if err != nil {
			t.Fatal(err)
		}
		return who.Owns(owner)
	}
	for owner, want := range map[string]bool{"team-a": true, "team-b": true, "team-c": false, "team": false, "": false} {
		if owns(bound, owner) != want {
			t.Errorf("a token of team-a and team-b owns what is %q's: %t", owner, !want)
		}
		if !owns(free, owner) {
			t.Errorf("a token without owners does not own what is %q's", owner)
		}
	}
	if (auth.Identity{}).Owns("team-a") || (auth.Identity{}).Owns("") {
		t.Error("nobody owns something")
	}
}
