"""How many touches other spend would buy: they get dearer the more of them are bought.

Curves of a fitted model are by multiples of touches, and plans are in money. A day on which s is
spent buys

    n (1 - exp(-b s))

touches, so that n is the most to be had, and with b = 0 the price is constant. The touches of weeks
tell b by their Poisson likelihood given the spend of their days. What weeks scatter beyond chance
takes weight from it (quasi-likelihood; Wedderburn 1974), so that where touches do not follow spend,
as in tables of invoices, the prior decides: b times the mean spend of a day is half-normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEEK: Final = 7

MIN_WEEKS: Final = 6
"""Fewer weeks with spend and touches do not tell a price."""

RISES: Final = np.linspace(0.0, 3.0, 61)
"""Values of b times the mean spend of a day where its posterior is evaluated."""

RISE_SCALE: Final = 0.5
"""Scale of its half-normal prior, by which twice the spend buys 1.7 times the touches."""


@dataclass(frozen=True, slots=True, eq=False)
class TouchPrice:
    """What money buys.

    Attributes:
        bought: float64 ``[points]``, touches at multiples of the spend, in units of the present
            ones, ascending.
        observed: spend of the largest week over that of an average one, at least 1.
    """

    bought: Floats
    observed: float


def touch_price(spend: Floats, touches: Floats, multiples: Floats) -> TouchPrice:
    """What multiples of a spend above 0 buy; see ``bought_touches`` for the arguments."""
    week = min(WEEK, len(spend))
    largest = np.convolve(spend, np.ones(week), "valid").max() / (week * spend.mean())
    return TouchPrice(bought_touches(spend, touches, multiples), max(float(largest), 1.0))


def bought_touches(spend: Floats, touches: Floats, multiples: Floats) -> Floats:
    """Touches that multiples of each day's spend buy, in units of the present ones ``[points]``.

    They are the multiples themselves, as at a constant price, where too few weeks have touches.

    Args:
        spend: float64 ``[days]``, consecutive days, in money.
        touches: float64 ``[days]``.
        multiples: float64 ``[points]``, of the spend.
    """
    weeks = np.arange(0, len(spend), WEEK)
    number = np.add.reduceat(touches, weeks)
    is_paid = (np.add.reduceat(spend, weeks) > 0) & (number > 0)
    if is_paid.sum() < MIN_WEEKS:
        return multiples
    relative = spend / spend[spend > 0].mean()
    by_day = np.stack([_bought(relative, rise) for rise in RISES])
    posterior = _posterior(np.add.reduceat(by_day, weeks, axis=1)[:, is_paid], number[is_paid])
    bought = [
        [_bought(multiple * relative, rise).sum() for multiple in multiples] for rise in RISES
    ]
    return np.asarray(posterior @ (np.array(bought) / by_day.sum(axis=1, keepdims=True)))


def _bought(relative: Floats, rise: float) -> Floats:
    """Touches of days ``[days]``, in units of those that the mean spend buys at a low price."""
    return relative if rise == 0 else np.asarray(-np.expm1(-rise * relative) / rise)


def _posterior(bought: Floats, number: Floats) -> Floats:
    """Probabilities of ``RISES``, for bought ``[rises, weeks]`` and counted touches ``[weeks]``."""
    expected = bought * (number.sum() / bought.sum(axis=1, keepdims=True))
    likelihood = (number * np.log(expected)).sum(axis=1)
    best = expected[likelihood.argmax()]
    scatter = max(float(((number - best) ** 2 / best).sum()) / (len(number) - 2), 1.0)
    log_posterior = likelihood / scatter - (RISES / RISE_SCALE) ** 2 / 2
    posterior = np.exp(log_posterior - log_posterior.max())
    return np.asarray(posterior / posterior.sum())
