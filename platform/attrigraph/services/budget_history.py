"""The use case of histories: from daily spend and daily value to what each unit of money brings."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.observed.conversion_kinds import kinds_by_value
from attrigraph.domain.columns import NO_TIME
from attrigraph.errors import NeedsTimesError
from attrigraph.planning.history import fit_history
from attrigraph.planning.history_data import SpendHistory, warm_up
from attrigraph.planning.spend_curves import BudgetCurves, SpendCurve
from attrigraph.services.accounts import file_spend
from attrigraph.spend.daily_series import daily_series
from attrigraph.staging import stage
from attrigraph.staging.taken import check_conversions, log_and_check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.domain import Conversions
    from attrigraph.planning.spend_curves import CurveLevel
    from attrigraph.spend.daily_series import DailySeries
    from attrigraph.spend.rates import Rates
    from attrigraph.staging import Source, StagingOptions

logger = logging.getLogger(__name__)


def curves_of_history(
    files: Sequence[Path],
    source: Source,
    *,
    by: CurveLevel = "campaign",
    currency: str | None = None,
    rates: Rates | None = None,
    staging: StagingOptions,
    folder: Path,
) -> BudgetCurves:
    """Curves of files of conversions and spend, whose touches do not matter.

    Args:
        files: see ``attrigraph.staging.stage``.
        source: what they hold.
        by: what has a curve.
        currency: code of the currency of the answer; None for that of the amounts.
        rates: exchange rates into it; None for none.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.

    Raises:
        InputError: a file is not what was expected, spend or value is missing, they have fewer than
            six weeks in common, or amounts are in several currencies without rates.
        NeedsTimesError: conversions have no times.
        ConvergenceError: the fit does not converge.
    """
    staging = replace(staging, currency=currency, rates=rates)
    with stage(files, source, staging, folder=folder) as staged:
        log_and_check(staged, staging.max_rejected)
        conversions = staged.events(touch_ids=False).conversions
        check_conversions(staged, len(conversions))
        stored = file_spend(staged.references(), staged.currency)
    if (conversions.time == NO_TIME).any():
        raise NeedsTimesError("a history needs the times of conversions, and the files have none")
    spend = replace(stored, currency=currency or stored.currency, rates=rates)
    kinds = kinds_by_value(conversions)
    if len(kinds) > 1:
        others = ", ".join(kinds[1:])
        logger.warning(
            f"the history is of conversions of the kind {kinds[0]} alone, not of {others}"
        )
    counted = _of_kind(conversions, kinds[0] if kinds else None)
    times, values = conversions.time[counted], conversions.value[counted]
    series = daily_series(times, values, spend, by, staging.zone)
    return _curves(series, by, kinds[0] if kinds else None, spend.names()["campaign"])


def _of_kind(conversions: Conversions, kind: str | None) -> NDArray[np.bool_]:
    """Which conversions are of a kind ``[n]``; all of them where kinds are not known."""
    if kind is None:
        return np.ones(len(conversions), dtype=bool)
    return np.asarray(conversions.kind.values() == kind)


def _curves(
    series: DailySeries, by: CurveLevel, kind: str | None, names: Mapping[str, str]
) -> BudgetCurves:
    """Fitted curves, the most valuable first."""
    skipped = warm_up(len(series.value))
    runs = series.spend[:, skipped:].sum(axis=1) > 0
    idle = [key for key, is_running in zip(series.keys, runs, strict=True) if not is_running]
    curves = _fitted(series, runs.nonzero()[0].tolist(), names) if runs.any() else []
    return BudgetCurves(
        by=by,
        curves=tuple(sorted(curves, key=lambda one: -one.curve.now)),
        synergies=(),
        unplanned=tuple(
            (names.get(key, key), f"has no spend after the first {skipped} days") for key in idle
        ),
        currency=series.currency,
        start=series.start,
        end=series.start + timedelta(days=len(series.value) - 1),
        kind=kind,
        notes=series.notes,
    )


def _fitted(series: DailySeries, running: list[int], names: Mapping[str, str]) -> list[SpendCurve]:
    history = SpendHistory(
        tuple(series.keys[row] for row in running),
        tuple(series.channels[row] for row in running),
        series.spend[running],
        series.value,
        series.start,
    )
    fitted = fit_history(history)
    curves = map(fitted.measured, history.campaigns)
    return [
        SpendCurve(curve, names.get(curve.id, curve.id), 1.0, _reasons(identified=curve.identified))
        for curve in curves
    ]


def _reasons(*, identified: bool) -> tuple[str, ...]:
    return () if identified else ("steady-spend",)
