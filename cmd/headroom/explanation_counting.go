package main

import "headroom/slo"

func countingOf(in slo.Indicator) counting {
	return counting{
		Kind: in.Kind(), Bad: slo.PartOf(in, slo.RoleBad), Good: slo.PartOf(in, slo.RoleGood),
		Total: slo.PartOf(in, slo.RoleTotal), Notes: in.Notes(),
	}
}
