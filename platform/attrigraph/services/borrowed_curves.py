"""Curves of campaigns that are not identified, borrowed from campaigns with similar texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.borrowed_curves import BorrowedReturn, borrowed_curve
from attrigraph.services.embed import searched
from attrigraph.similarity.expectation import MIN_CAMPAIGNS, KnownOutcomes
from attrigraph.similarity.near_pairs import unit_vectors
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.measured_curves import MeasuredCurve
    from attrigraph.planning.spend_curves import BudgetCurves
    from attrigraph.similarity.expectation import Expected
    from attrigraph.stores import Stores

    Floats = NDArray[np.float64]


def with_borrowed_curves(
    stores: Stores, curves: BudgetCurves, *, collection: str = "campaigns"
) -> BudgetCurves:
    """The curves, with those of campaigns that are not identified borrowed from the others.

    Campaigns without a vector keep their own.

    Args:
        stores: Postgres with the vectors of campaigns.
        curves: of campaigns.
        collection: of the vectors, its name or alias.

    Raises:
        InputError: the curves are those of channels, there are no vectors, or there are too few
            campaigns to borrow from.
    """
    if curves.by != "campaign":
        raise InputError("curves are borrowed among campaigns; plan by campaign, or do not borrow")
    with open_vectors(stores.engine) as engine:
        found = searched(engine, collection)
        rows = read_vectors(engine, found, [one.curve.id for one in curves.curves])
    unit = unit_vectors(rows.vectors)
    return borrowed_curves(curves, dict(zip(rows.keys, unit, strict=True)))


def borrowed_curves(curves: BudgetCurves, texts: Mapping[str, Floats]) -> BudgetCurves:
    """The same with vectors of length 1 by campaign."""
    known = [one.curve for one in curves.curves if one.curve.id in texts]
    borrowers = [curve for curve in known if not curve.identified]
    if not borrowers:
        return curves
    lenders = [curve for curve in known if curve.identified and curve.now > 0]
    if len(lenders) < MIN_CAMPAIGNS:
        raise InputError(
            f"a curve is borrowed from at least {MIN_CAMPAIGNS} campaigns with a vector and a "
            f"positive return that is identified, and there are {len(lenders)}; do not borrow"
        )
    outcomes = _outcomes(lenders, texts)
    of_lenders, of_borrowers = (
        np.stack([texts[curve.id] for curve in some]) for some in (lenders, borrowers)
    )
    expected = outcomes.expected(np.maximum(1 - of_borrowers @ of_lenders.T, 0))
    made = {
        own.id: borrowed_curve(own, lenders, _return_of(expected, outcomes, number), number)
        for number, own in enumerate(borrowers)
    }
    return replace(
        curves,
        curves=tuple(
            replace(one, curve=made.get(one.curve.id, one.curve)) for one in curves.curves
        ),
    )


def _outcomes(lenders: Sequence[MeasuredCurve], texts: Mapping[str, Floats]) -> KnownOutcomes:
    """The returns of campaigns."""
    unit = np.stack([texts[curve.id] for curve in lenders])
    returns = np.array([curve.now / curve.spend for curve in lenders])
    errors = np.array([curve.draws[:, curve.one].std() / curve.now for curve in lenders])
    return KnownOutcomes(np.maximum(1 - unit @ unit.T, 0), np.log(returns), errors)


def _return_of(expected: Expected, outcomes: KnownOutcomes, number: int) -> BorrowedReturn:
    """What one campaign may expect, never more certain than those from which it is."""
    weights, common = expected.weights[number], float(expected.common_weight[number])
    of_lenders = (weights + common / len(weights)) @ outcomes.errors**2
    spread = max(float(expected.spread[number]), float(np.sqrt(of_lenders)))
    return BorrowedReturn(float(expected.mean[number]), spread, weights, common)
