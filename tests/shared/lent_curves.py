"""Curves of campaigns of three themes, some of which the data cannot answer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.planning.measured_curves import MeasuredCurve
from attrigraph.planning.spend_curves import BudgetCurves, SpendCurve
from attrigraph.similarity.near_pairs import unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.spend_curves import CurveLevel

    Floats = NDArray[np.float64]

MULTIPLES = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
SHAPE = np.array([0.0, 0.6, 1.0, 1.5, 1.7])
RETURNS = (1.0, 2.0, 4.0)
DRAWS = 200


def spend_curve(
    name: str, spend: float, value: float, *, error: float = 0.1, reasons: tuple[str, ...] = ()
) -> SpendCurve:
    """A curve with draws whose value has a relative error."""
    rng = np.random.default_rng([len(name), *name.encode()])
    levels = value * (1 + error * rng.standard_normal(DRAWS))
    curve = MeasuredCurve(
        name, spend, MULTIPLES, value * SHAPE, levels[:, None] * SHAPE, 1.4, not reasons
    )
    return SpendCurve(curve, name, 1.0, reasons)


def lent_curves(
    n_known: int = 21, n_unknown: int = 3, by: CurveLevel = "campaign", seed: int = 1
) -> tuple[BudgetCurves, dict[str, Floats], dict[str, float]]:
    """Curves, text vectors and true returns.

    Campaign n has the theme n mod 3 and its return, varied by a tenth; what is measured is off by
    another tenth. The unknown ones have a
    value of 1 with a relative error of 5.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(3, 32))
    curves, true = [], {}
    for number in range(n_known + n_unknown):
        name, spend = f"c{number:02}", 100.0 + number
        true[name] = RETURNS[number % 3] * float(np.exp(0.1 * rng.standard_normal()))
        if number < n_known:
            noise = 1 + 0.1 * float(rng.standard_normal())
            curves.append(spend_curve(name, spend, true[name] * spend * noise))
        else:
            curves.append(spend_curve(name, spend, spend, error=5.0, reasons=("collinear",)))
    texts = centres[np.arange(len(curves)) % 3] + 0.6 * rng.normal(size=(len(curves), 32))
    vectors = dict(zip(true, unit_vectors(texts), strict=True))
    start, end = date(2026, 1, 1), date(2026, 1, 31)
    return BudgetCurves(by, tuple(curves), (), (), "EUR", start, end, None, ()), vectors, true
