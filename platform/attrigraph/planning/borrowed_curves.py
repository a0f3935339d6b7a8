"""A curve for a campaign of which the data do not show what it brings, from campaigns like it.

The return is what similar campaigns let expect, log-normal, and much less certain than a measured
one: campaigns differ. The shape is that of a campaign that is drawn by its weight, a curve by
multiples of the spend: the campaign is taken to be as saturated at its spend as those are at
theirs. Its own values do not count.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.special import ndtri

from attrigraph.planning.request import Borrowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.measured_curves import MeasuredCurve

    Floats = NDArray[np.float64]

MAX_NAMED: Final = 5
"""Campaigns that are named: those with the largest weights."""

MIN_LEVEL: Final = 0.1
"""Share of a curve's value below which the shape of a draw is noise."""


class BorrowedReturn(NamedTuple):
    """What a campaign may expect from n others.

    Attributes:
        mean: of the logarithm of its return.
        spread: standard deviation of this.
        weights: of the others, float64 ``[n]``.
        common_weight: of the mean of all of them; all weights add up to 1.
    """

    mean: float
    spread: float
    weights: Floats
    common_weight: float


def borrowed_curve(
    own: MeasuredCurve, lenders: Sequence[MeasuredCurve], found: BorrowedReturn, seed: int
) -> MeasuredCurve:
    """The curve of a campaign from those of n others, with the same multiples and draws.

    Args:
        own: of the campaign, whose spend and observed multiple stay.
        lenders: of the others, with a positive value at their spend.
        found: what they let expect.
        seed: of the order of draws.
    """
    rng = np.random.default_rng(seed)
    n_draws = len(own.draws)
    evenly = (np.arange(n_draws) + 0.5) / n_draws
    levels = own.spend * np.exp(found.mean + found.spread * ndtri(rng.permutation(evenly)))
    shares = np.cumsum(found.weights + found.common_weight / len(lenders))
    drawn = np.searchsorted(shares / shares[-1], rng.permutation(evenly))
    shapes = np.stack([_shape(lenders[lender], draw) for draw, lender in enumerate(drawn)])
    draws = levels[:, None] * shapes
    return replace(own, values=draws.mean(axis=0), draws=draws, borrowed=_named(lenders, found))


def _shape(lender: MeasuredCurve, draw: int) -> Floats:
    """Values ``[points]`` of a draw in units of that at the spend."""
    curve = lender.draws[draw]
    level = float(curve[lender.one])
    return curve / level if level > MIN_LEVEL * lender.now else lender.shape


def _named(lenders: Sequence[MeasuredCurve], found: BorrowedReturn) -> Borrowed:
    largest = np.argsort(-found.weights, kind="stable")[:MAX_NAMED].tolist()
    return Borrowed(
        tuple(lenders[row].id for row in largest),
        tuple(float(found.weights[row]) for row in largest),
        found.common_weight,
    )
