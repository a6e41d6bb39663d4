// Package forecast says when a budget is used up, or when it is back.
//
// In a rolling window w the budget moves for two reasons: what is old leaves the
// window, which is known, and new events come, which is guessed. The guess is
// that events and bad events come as in a stated lookback:
//
//	bad(t+h)   = bad(t)   − rolled bad(h)   + h · bad events per time of the lookback
//	total(t+h) = total(t) − rolled total(h) + h · events per time of the lookback
//	spent(t+h) = bad(t+h) ÷ ((1 − target) · total(t+h))
//
// which is spend − rolloff(h) + r·h while the traffic stays what it was. As all
// of it is linear between the edges of slices, the times at which a share is
// left are exact for these assumptions. After one window nothing of today is in
// it, and spent stays at the burn of the lookback: what does not happen until
// then never does.
//
// How sure it is: the bad events of the lookback are taken for a Poisson count,
// and the same is asked for the ends of its 90 % interval (Byar's approximation:
// N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II, 1987).
// Failures that come in bursts are less sure than that, and no lookback knows of
// tomorrow's deployment.
package forecast
