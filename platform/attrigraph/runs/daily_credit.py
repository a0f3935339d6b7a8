"""Credit over time of the models that credit single touches, written with a run."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.credit.by_part import NO_PART, of_rows
from attrigraph.attribution.partial_credit import partial_credit
from attrigraph.domain.local_days import days_of
from attrigraph.graph.partial_credit import delete_days, read_days, write_daily_credit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver, Transaction

    from attrigraph.attribution.analysis import Analysis
    from attrigraph.attribution.credit.by_part import PartialCredit
    from attrigraph.attribution.data import EventData
    from attrigraph.domain import Attribution, Level

    Days = dict[Level, dict[str, PartialCredit]]
    Digests = dict[str, dict[str, str]]


def daily_credit(
    analysis: Analysis, data: EventData, answers: Sequence[tuple[Level, Attribution]]
) -> Days:
    """Credit by day of conversion, by level and model; nothing where times are not known.

    Args:
        analysis: with the fitted models.
        data: what it is about.
        answers: of the models, by level.
    """
    events = data.events
    if not data.timed or not len(events.conversions):
        return {}
    days = days_of(events.conversions.time, data.journey_options.zone).astype(np.int64)
    return {level: partial_credit(analysis, data, level, answer, days) for level, answer in answers}


def write_days(driver: Driver, run: str, days: Days) -> None:
    """Write credit by day at all levels.

    Args:
        driver: of the graph.
        run: id of the run.
        days: see ``daily_credit``.
    """
    for level, by_model in days.items():
        write_daily_credit(driver, run, level, by_model)


def digests_of(days: Days) -> Digests:
    """A hash of the credit of each day, by level and day, by which days that change are found.

    Two answers have the same hash of a day where keys and credit of all models agree to the last
    bit. The day of credit that belongs to no conversion is ``none``.
    """
    return {level: _digests(by_model) for level, by_model in days.items()}


def _digests(by_model: Mapping[str, PartialCredit]) -> dict[str, str]:
    found: dict[int, hashlib._Hash] = {}
    for model, credit in sorted(by_model.items()):
        names = np.array(credit.keys, dtype=object)[credit.key_of_row]
        order = np.argsort(credit.part, kind="stable")
        days, starts = np.unique(credit.part[order], return_index=True)
        ends = [*starts.tolist(), len(order)]
        for day, (start, end) in zip(days.tolist(), pairwise(ends), strict=True):
            rows = order[start:end]
            digest = found.setdefault(day, hashlib.sha256())
            digest.update(repr((model, names[rows].tolist())).encode())
            digest.update(credit.credit[rows].tobytes())
            digest.update(credit.value[rows].tobytes())
    return {
        "none" if day == NO_PART else str(day): digest.hexdigest()[:32]
        for day, digest in found.items()
    }


def changed_days(before: Mapping[str, str], now: Mapping[str, str]) -> list[int]:
    """The days whose credit differs, as numbers; that of credit without a day is left out."""
    names = {*before, *now} - {"none"}
    return sorted(int(day) for day in names if before.get(day) != now.get(day))


def replace_days(
    transaction: Transaction,
    run: str,
    level: Level,
    by_model: Mapping[str, PartialCredit],
    *,
    days: Sequence[int],
) -> None:
    """Replace the credit of some days of a run by that which differs, in one transaction.

    Args:
        transaction: of the change.
        run: id of the run.
        level: what is credited.
        by_model: all credit by day, by model.
        days: the days whose credit differs somewhere.
    """
    if not days:
        return
    stored = read_days(transaction, run, level, list(by_model), days)
    stays: set[str] = set()
    changed = {}
    for model, credit in by_model.items():
        known = stored.get(model, {})
        rows = np.flatnonzero(np.isin(credit.part, days))
        of_key = credit.key_of_row[rows]
        columns = (of_key, credit.part[rows], credit.credit[rows], credit.value[rows])
        differs = np.ones(len(rows), bool)
        for place, (key, *cell) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            element = known.get((credit.keys[key], *cell))
            if element is not None:
                stays.add(element)
                differs[place] = False
        changed[model] = of_rows(credit, rows[differs])
    elements = {element for cells in stored.values() for element in cells.values()}
    delete_days(transaction, sorted(elements - stays))
    write_daily_credit(transaction, run, level, changed)
