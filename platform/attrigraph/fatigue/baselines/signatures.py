"""Change of a unit's path of clicks since its first days, by path signatures.

A window of seven days is a path of (time, impressions, clicks), each 1 at its end if the unit is
shown evenly and clicked as in its first days. The signature to level 2 is its increments and their
iterated integrals (Chen 1957; Chevyrev and Kormilitzin 2016): how much was clicked, and whether
early or late in the window. Distances are those of Mahalanobis among windows of young units; the
days of a distance are the decreasing fit to those of the units learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import isotonic_regression

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.baseline import Forecast, learning_rows
from attrigraph.fatigue.panel import PSEUDO_CLICKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Example
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]

SPAN: Final = 7
"""Days of a window, and of the first days."""

YOUNG: Final = 2 * SPAN
"""Age in days up to which a window shows what chance does to signatures."""

RIDGE: Final = 1e-3


def signature(path: Floats) -> Floats:
    """Signature to level 2 of piecewise linear paths ``[n, points, d]``: ``[n, d + d d]``.

    The increments, then the integrals of each coordinate so far along each: over a straight piece
    dx from x that is (x - x_0) dx + dx dx / 2.
    """
    steps = np.diff(path, axis=1)
    before = path[:, :-1] - path[:, :1]
    second = np.swapaxes(before + steps / 2, 1, 2) @ steps
    flat = second.reshape(len(path), path.shape[2] ** 2)
    return np.concatenate([path[:, -1] - path[:, 0], flat], axis=1)


@dataclass(frozen=True, eq=False)
class ChangePoint:
    """Distances of signatures, and the days of these.

    Attributes:
        centre: of signatures of young units ``[features]``.
        precision: inverse of their covariance ``[features, features]``.
        distance: ascending ``[knots]``.
        days: of these, descending ``[knots]``.
    """

    centre: Floats
    precision: Floats
    distance: Floats
    days: Floats

    def predict(self, snapshot: Snapshot, panel: Panel, /) -> Forecast:
        """Days of the units by how far their path has left that of their first days."""
        away = _distance(_signatures(snapshot, panel), self.centre, self.precision)
        return Forecast(np.interp(away, self.distance, self.days))


def fit_change_point(examples: Sequence[Example]) -> ChangePoint:
    """Fit distances and their days.

    Raises:
        InputError: there is no unit to learn from of which the days are known.
    """
    rows = learning_rows(examples)
    found = np.concatenate([_signatures(e.snapshot, e.panel)[e.learn] for e in examples])
    age = np.concatenate(
        [(e.panel.history.days - e.panel.launch[e.snapshot.units])[e.learn] for e in examples]
    )
    young = found[age <= YOUNG] if (age <= YOUNG).sum() > found.shape[1] else found
    centre = np.asarray(young.mean(axis=0))
    covariance = np.cov(young, rowvar=False, ddof=0) if len(young) > 1 else 0
    precision = np.asarray(np.linalg.inv(covariance + RIDGE * np.eye(found.shape[1])))
    away, weights = _distance(found, centre, precision), rows.weights
    known = np.flatnonzero(weights)
    if not len(known):
        raise InputError("change points need units with known days, got none")
    order = known[np.argsort(away[known], kind="stable")]
    days = isotonic_regression(rows.days[order], weights=weights[order], increasing=False).x
    return ChangePoint(centre, precision, away[order], days)


def _signatures(snapshot: Snapshot, panel: Panel) -> Floats:
    """Signatures of the last window of units ``[n, 12]``."""
    units = snapshot.units
    impressions, clicks = panel.impressions[units], panel.history.clicks[units]
    first = np.arange(panel.history.days) < panel.launch[units, None] + SPAN
    overall = (clicks.sum() + 1) / (impressions.sum() + 100)
    rate = ((clicks * first).sum(axis=1) + PSEUDO_CLICKS) / (
        (impressions * first).sum(axis=1) + PSEUDO_CLICKS / overall
    )
    shown, clicked = impressions[:, -SPAN:], clicks[:, -SPAN:]
    total = shown.sum(axis=1, keepdims=True)
    expected = total * rate[:, None]
    more = PSEUDO_CLICKS * shown / total
    steps = np.stack(
        [
            np.full(shown.shape, 1 / SPAN),
            shown / total,
            (clicked + more) / (expected + PSEUDO_CLICKS),
        ],
        axis=2,
    )
    start = np.zeros((len(units), 1, 3))
    return signature(np.concatenate([start, np.cumsum(steps, axis=1)], axis=1))


def _distance(signatures: Floats, centre: Floats, precision: Floats) -> Floats:
    """Mahalanobis distance, negative where more was clicked than on average."""
    away = signatures - centre
    square = np.einsum("ni,ij,nj->n", away, precision, away)
    return np.asarray(np.sqrt(np.maximum(square, 0)) * np.where(away[:, 2] < 0, 1, -1))
