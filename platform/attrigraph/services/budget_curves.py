"""The use case of curves: from events and spend to what each unit of money brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.data import EventData
from attrigraph.attribution.models import response_curves
from attrigraph.errors import NeedsTimesError
from attrigraph.planning.measured_curves import MeasuredCurve, MeasuredSynergy
from attrigraph.planning.spend_curves import BudgetCurves, SpendCurve
from attrigraph.services.accounts import accounts_for, with_spending
from attrigraph.services.attribute_files import read_files
from attrigraph.services.attribute_graph import stored_spend
from attrigraph.services.attribution_data import graph_data
from attrigraph.services.questions import kind_of, most_valuable
from attrigraph.services.touch_prices import prices_by_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.response_curves import ResponseCurve, ResponseCurves
    from attrigraph.planning.spend_curves import CurveLevel
    from attrigraph.planning.touch_prices import TouchPrice
    from attrigraph.runs.progress import Progress
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.spend.accounts import Accounts, Spend
    from attrigraph.spend.costs import KeyCost
    from attrigraph.staging import Source, StagingOptions
    from attrigraph.stores import Stores

    Floats = NDArray[np.float64]

CURVES: Final = "curves"

DEARER: Final = 1.6
"""Touches that twice the spend buys, in units of the present ones, below which that is stated; by
the prior alone they are 1.7."""


def curves_from_files(
    files: Sequence[Path],
    source: Source,
    options: AttributionOptions,
    *,
    by: CurveLevel = "channel",
    staging: StagingOptions,
    folder: Path,
    rejects: Path | None = None,
    strict: bool = False,
    progress: Progress,
) -> BudgetCurves:
    """Curves of files; see ``attribute_files`` for the arguments.

    Raises:
        InputError: see ``attribute_files``; there are too few conversions for the causal model, no
            values, no draws, or amounts in several currencies.
        RejectedRowsError: rows were rejected, and ``strict``.
        NeedsTimesError: the files hold no times.
        ConvergenceError: the model does not converge.
    """
    read = read_files(
        files,
        source,
        options,
        staging=staging,
        folder=folder,
        rejects=rejects,
        strict=strict,
        progress=progress,
    )
    if not isinstance(read.data, EventData):
        raise NeedsTimesError("curves need times of touches, and the files hold counts of paths")
    return _curves(read.data, read.spend, by)


def curves_from_graph(
    stores: Stores, options: AttributionOptions, *, by: CurveLevel = "channel"
) -> BudgetCurves:
    """The same from the graph; nothing is written. See ``curves_from_files``.

    Raises:
        StoreError: the store fails.
    """
    spend = stored_spend(stores.driver, options)
    data = with_spending(graph_data(stores.driver, options), spend)
    return _curves(data, spend, by)


def _curves(data: EventData, spend: Spend, by: CurveLevel) -> BudgetCurves:
    """Curves of the kind of conversion with the largest value, joined with spend."""
    data = most_valuable(data, CURVES)
    accounts = accounts_for(data, spend)
    if accounts.period is None:
        raise NeedsTimesError("curves need the times of touches, and the data have none")
    found = response_curves(data, by)
    costs = accounts.costs(by).keys
    names = accounts.names.get(by, {})
    start, end = accounts.period.days
    without = {curve.key: _reason(curve, costs, by) for curve in found.curves}
    prices = prices_by_key(data, spend, accounts.period, costs, by, found.multiples)
    planned = tuple(
        _spend_curve(curve, found, costs[curve.key], names, prices)
        for curve in found.curves
        if without[curve.key] is None
    )
    ids = {one.curve.id for one in planned}
    return BudgetCurves(
        by=by,
        curves=planned,
        synergies=tuple(
            MeasuredSynergy(one.channels, one.value)
            for one in found.complements
            if ids >= {*one.channels}
        ),
        unplanned=(
            *((_name(key, names), reason) for key, reason in without.items() if reason is not None),
            *_without_curve(found, accounts, by, names),
        ),
        currency=accounts.currency,
        start=start,
        end=end,
        kind=kind_of(data),
        notes=(*found.notes, *accounts.notes, *_dearer(prices, found.multiples, names)),
    )


def _reason(
    curve: ResponseCurve, costs: Mapping[str | None, KeyCost], by: CurveLevel
) -> str | None:
    """Why a curve cannot be planned; None if it can."""
    cost = costs.get(curve.key)
    if curve.key is None:
        return f"names no {by}"
    if curve.reasons == ("not-marketing",):
        return "is no marketing"
    if cost is None or cost.cost is None:
        return "has no known cost"
    return None if cost.cost > 0 else "costs nothing"


def _without_curve(
    found: ResponseCurves, accounts: Accounts, by: CurveLevel, names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Spend on what has no touches, or names nothing of the level."""
    costs, curves = accounts.costs(by), {curve.key for curve in found.curves}
    for key, cost in costs.keys.items():
        if key not in curves and cost.cost:
            yield _name(key, names), f"has a spend of {cost.cost:,.0f} and no touches in the period"
    for line in costs.not_assigned:
        name = line.campaign_name or line.campaign or line.channel or line.platform or "(unknown)"
        yield name, f"has a spend of {line.cost:,.0f} that names no {by}"


def _name(key: str | None, names: Mapping[str, str]) -> str:
    return "(unknown)" if key is None else names.get(key, key)


def _spend_curve(
    curve: ResponseCurve,
    found: ResponseCurves,
    cost: KeyCost,
    names: Mapping[str, str],
    prices: Mapping[str, TouchPrice],
) -> SpendCurve:
    """A curve with the cost of all touches, if those of unknown cost cost the same.

    Without its price of further touches, that is constant.
    """
    assert curve.key is not None
    assert cost.cost is not None
    known = min(cost.coverage, 1.0) if cost.coverage > 0 else 1.0
    measured = MeasuredCurve(
        id=curve.key,
        spend=cost.cost / known,
        multiples=found.multiples,
        values=curve.values,
        draws=curve.draws,
        observed=curve.observed,
        identified=not curve.reasons,
    )
    if curve.key in prices:
        measured = measured.by_spend(prices[curve.key])
    return SpendCurve(measured, _name(curve.key, names), known, curve.reasons)


def _dearer(
    prices: Mapping[str, TouchPrice], multiples: Floats, names: Mapping[str, str]
) -> Iterator[str]:
    """Keys of which twice the spend buys clearly less than twice the touches."""
    for key, price in prices.items():
        twice = float(np.interp(2.0, multiples, price.bought))
        if twice < DEARER:
            yield f"twice the spend on {_name(key, names)} buys {twice:.1f} times the touches"
