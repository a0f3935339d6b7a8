"""Returns of campaigns, drawn to what they have in common by how little the data say of each.

A fitted model often leaves the return of a campaign, value per unit of money, as open as campaigns
differ. The best plan by such estimates has most of its money where the error is largest (the
optimizer's curse; Smith & Winkler 2006). So returns are taken to be normal around a common one,
with a standard deviation s that the estimates tell with their noise, the spread of the draws
(empirical Bayes; Efron & Morris 1973). A campaign keeps of its difference to the common return

    k = E[s^2 / (s^2 + noise variance)]

over the posterior of s, whose prior is half-normal with the size of the returns as its scale. The
common return is the one that leaves the sum of all values as it was, so that what is known well
stays. Draws keep the root of k of their noise, which has the variance of the posterior.

A plan that is best on average over draws takes the mean of their shapes, which bends more than the
curve itself where the response was not observed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.measured_curves import MeasuredCurve

    Floats = NDArray[np.float64]

SPREADS: Final = np.geomspace(0.01, 2.0, 25)
"""Standard deviations of returns, relative to their size, where the posterior is evaluated."""


def with_alike_returns(curves: Sequence[MeasuredCurve]) -> list[MeasuredCurve]:
    """The curves with returns drawn to each other, and the mean shape of their draws.

    The sum of their values at the present spend stays, and so does that of each draw. The draws of
    a curve that is not identified stay as wide as they are.

    Args:
        curves: with the same number of draws. One without value at its spend has no shape, and
            stays as it is.
    """
    shaped = [curve for curve in curves if curve.now != 0]
    if not shaped:
        return [*curves]
    spend = np.array([curve.spend for curve in shaped])
    returns = np.array([curve.now for curve in shaped]) / spend
    noise = np.stack([curve.draws[:, curve.one] for curve in shaped], axis=1) / spend - returns
    kept = kept_differences(returns, noise)
    known = np.array([curve.identified for curve in shaped])
    values = spend * _drawn(returns, kept, spend)
    drawn = values + spend * _drawn(noise, np.where(known, np.sqrt(kept), 1.0), spend)
    levels = dict(
        zip((curve.id for curve in shaped), zip(values, drawn.T, strict=True), strict=True)
    )
    return [_at(curve, *levels[curve.id]) if curve.id in levels else curve for curve in curves]


def kept_differences(returns: Floats, noise: Floats) -> Floats:
    """How much of its difference to the others each campaign keeps, ``[n]`` in [0, 1].

    Differences are those to the mean weighted by precision, so noise that all share is not theirs.

    Args:
        returns: float64 ``[n]``, not all 0.
        noise: float64 ``[draws, n]``, draws of the returns less the returns.
    """
    precision = 1 / np.maximum(noise.var(axis=0), 1e-12 * (returns**2).mean())
    weight = precision / precision.sum()
    apart = returns - returns @ weight
    variance = (noise - (noise @ weight)[:, None]).var(axis=0)
    spread = np.sqrt(returns**2 @ weight) * SPREADS[:, None]
    total = variance + spread**2  # [spreads, n]
    # the grid is even in the logarithm
    evidence = -(np.log(total) + apart**2 / total).sum(axis=1) / 2
    log_posterior = evidence + np.log(SPREADS) - SPREADS**2 / 2
    posterior = np.exp(log_posterior - log_posterior.max())
    kept = posterior / posterior.sum() @ (spread**2 / total)
    # a sum of weights may be above 1 by rounding
    return np.asarray(np.minimum(kept, 1.0))


def _drawn(returns: Floats, kept: Floats, spend: Floats) -> Floats:
    """Returns ``[..., n]`` of which each keeps a part, with the same sum of values."""
    weight = spend * (1 - kept)
    if not weight.any():
        return returns
    common = returns @ weight / weight.sum()
    return np.asarray(kept * returns + (1 - kept) * common[..., None])


def _at(curve: MeasuredCurve, value: float, drawn: Floats) -> MeasuredCurve:
    """The curve at another level with other draws of it ``[draws]``."""
    levels = curve.draws[:, curve.one, None]
    has_shape = levels != 0
    shapes = np.where(has_shape, curve.draws / np.where(has_shape, levels, 1.0), curve.shape)
    return replace(curve, values=value * shapes.mean(axis=0), draws=drawn[:, None] * shapes)
