"""Future touches as a negative control: do touches after a conversion go with it?

A touch cannot cause an earlier conversion. Where touches of a channel in the next three days still
predict today's conversion, given everything the model knows of the past, something moves both, such
as an intent that comes and goes; search in a buying phase and retargeting are typical. This is a
negative-control exposure (Lipsitch, Tchetgen Tchetgen & Cohen 2010). Only a positive association
counts: after converting, people are often shown less.

The fitted hazard is extended by one column per channel for its touches in the next days, and by its
touch rate at other times. The second takes up what lasts over the whole window, which the model
infers from past touches and therefore knows poorly early in the window. The test cannot see a
hidden cause that never changes.

Where a channel stops touching whoever has bought, buyers have no future touches, whatever moved
them. Such channels are found by how many touches the hazard lets expect; whether
they follow intent is then judged by their touches before the purchase (see ``market_phases``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.hazard import Hazard, Rows, fit_hazard
from attrigraph.attribution.incremental.identification.fitted_columns import fitted_columns
from attrigraph.attribution.incremental.identification.touches_between import touches_between
from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays
    from attrigraph.attribution.incremental.response import Evidence, Response

GAP: Final = 1.0 / 24.0
"""Days after the person-day that are left out: visits of the purchase itself."""

HORIZON: Final = 3.0
"""Days of future touches."""

NEAR: Final = 7.0
"""Days before and after the person-day that do not count as other times."""

MIN_Z: Final = 4.0
"""Minimum z-score, clustered by customer."""

MIN_EFFECT: Final = 0.4
"""Minimum change of the log hazard: in large data small misfits are significant too. Lasting intent
that the model does not know gave up to 0.36 in simulated worlds, phases of intent 0.5 to 0.9.
"""

LEAD_RIDGE: Final = 0.01
"""Penalty on the columns of future touches."""

MIN_EXPECTED: Final = 10.0
"""Buyers with a touch in the next days, as the hazard lets expect, from which their absence shows
that a channel stops."""

MAX_LEFT: Final = 0.25
"""Share of them that a channel which stops reaches at most."""

RATE_RIDGE: Final = 1.0
"""Penalty on the columns of touch rates."""


@dataclass(frozen=True, slots=True, eq=False)
class FutureTouches:
    """Association of future touches with conversions.

    Attributes:
        effect: float64 ``[keys]``, change of the log hazard where there is a touch in the next
            days; 0 where it was not estimated.
        z: float64 ``[keys]``, its z-score.
        stopped: bool ``[keys]``, channels that stop touching whoever has bought, so that their
            future touches show nothing.
    """

    effect: NDArray[np.float64]
    z: NDArray[np.float64]
    stopped: NDArray[np.bool_]

    def flagged(self) -> NDArray[np.bool_]:
        """Channels whose future touches predict conversions, ``[keys]``."""
        return (self.z > MIN_Z) & (self.effect > MIN_EFFECT)


def future_touches(histories: Histories, evidence: Evidence, response: Response) -> FutureTouches:
    """Extend the fitted hazard by future touches of all channels.

    Only person-days with ``HORIZON`` days left in the window are used. A window that is too short,
    or a fit that does not converge, gives zeros.
    """
    keys = len(histories.keys)
    none = FutureTouches(np.zeros(keys), np.zeros(keys), np.zeros(keys, dtype=bool))
    days = evidence.person_days
    has_future = days.time <= histories.days - HORIZON
    has_event = np.bincount(days.day[has_future & days.event], minlength=days.days) > 0
    chosen = np.flatnonzero(has_future & has_event[days.day])
    if not len(chosen):
        return none
    kept = days.take(chosen)
    leads = (touches_between(histories, kept, GAP, HORIZON) > 0).astype(np.float64)
    rates = _rates_at_other_times(histories, kept)
    features = fitted_columns(evidence, response, leads, rates, rows=chosen)
    number = np.cumsum(has_event) - 1
    rows = Rows(features, number[kept.day], kept.event, kept.weight, int(has_event.sum()))
    penalty = np.concatenate(
        [response.penalty, np.full(keys, LEAD_RIDGE), np.full(keys, RATE_RIDGE)]
    )
    start = _start(response, has_event, keys)
    stopped = _stopped(rows, start, leads)
    try:
        fit = fit_hazard(rows, penalty, start=start, tolerance=1e-6)
    except ConvergenceError:
        return replace(none, stopped=stopped)
    lead = slice(len(response.penalty), len(response.penalty) + keys)
    error = _clustered_errors(rows, fit, kept.customer, lead)
    effect = fit.effect[lead]
    return FutureTouches(effect, effect / np.maximum(error, 1e-12), stopped)


def _stopped(rows: Rows, start: Hazard, leads: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Channels ``[keys]`` with far fewer future touches of buyers than the hazard lets expect."""
    chance = rows.chance(start.level, start.effect)
    expected = (rows.weight * chance) @ leads
    observed = leads[rows.event].sum(axis=0)
    return np.asarray((expected >= MIN_EXPECTED) & (observed < MAX_LEFT * expected))


def _rates_at_other_times(histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
    """Log touch rate ``[m, keys]`` outside ``NEAR`` days, over the mean; shrunk by half a touch."""
    keys = len(histories.keys)
    cell = histories.customer * keys + histories.key
    total = np.bincount(cell, minlength=histories.customers * keys).reshape(-1, keys)
    outside = total[person_days.customer] - touches_between(histories, person_days, -NEAR, NEAR)
    inside_days = np.minimum(person_days.time + NEAR, histories.days) - np.maximum(
        person_days.time - NEAR, 0.0
    )
    per_day = total.sum(axis=0) / (histories.customers * histories.days)
    expected = (histories.days - inside_days)[:, None] * per_day
    return np.asarray(np.log((outside + 0.5) / (expected + 0.5)))


def _start(response: Response, has_event: NDArray[np.bool_], keys: int) -> Hazard:
    """The fitted hazard, with effects 0 of the new columns."""
    effect = np.concatenate([response.hazard.effect, np.zeros(2 * keys)])
    return Hazard(
        response.hazard.level[has_event], effect, np.inf, np.zeros((0, 0)), np.zeros((0, 0))
    )


def _clustered_errors(
    rows: Rows, fit: Hazard, customer: NDArray[np.int64], columns: slice
) -> NDArray[np.float64]:
    """Standard errors of some effects that allow for dependence within customers."""
    residual = rows.weight * (rows.event - rows.chance(fit.level, fit.effect))
    direction = np.linalg.inv(fit.curvature)[:, columns]
    centred = rows.features @ direction - (fit.mean @ direction)[rows.day]
    influence = centred * residual[:, None]
    _, cluster = np.unique(customer, return_inverse=True)
    sums = [np.bincount(cluster, column) for column in influence.T]
    return np.asarray(np.sqrt([column @ column for column in sums]))
