"""Credit by day of conversion: ``ASSIGNED_ON`` from a run to channels, campaigns and creatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.graph.catalogue import query
from attrigraph.graph.scores import check_written, write_rows
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neo4j import Driver
    from numpy.typing import NDArray

    from attrigraph.attribution.credit.by_day import DailyCredit
    from attrigraph.domain import Level

_ROWS_PER_BATCH: Final = 10_000


def write_daily_credit(
    driver: Driver, run: str, level: Level, by_model: Mapping[str, DailyCredit]
) -> None:
    """Write the daily credit of a run's models at one level, in batches of whole keys.

    Raises:
        StoreError: the node of a key was deleted.
    """
    statement = query(f"scores/assign_days_of_{level}s")
    with driver.session(database=DATABASE) as session:
        for model, credit in by_model.items():
            for low, high in batches_of_keys(credit.first):
                columns = _columns(run, model, credit, low, high)
                written = session.execute_write(write_rows, statement, columns)
                check_written(written, len(columns["day"]), f"days of {level}s")


def batches_of_keys(first: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of keys with about ``_ROWS_PER_BATCH`` rows each; key k has those from first[k]."""
    low = 0
    while low < len(first) - 1:
        limit = first[low] + _ROWS_PER_BATCH
        high = max(low + 1, int(np.searchsorted(first, limit, side="right")) - 1)
        yield low, high
        low = high


def _columns(run: str, model: str, credit: DailyCredit, low: int, high: int) -> dict[str, Any]:
    start, end = credit.first[low], credit.first[high]
    days = credit.day[start:end]
    return {
        "run": run,
        "model": model,
        "key": list(credit.keys[low:high]),
        "first": (credit.first[low : high + 1] - start).tolist(),
        "day": [
            None if missing else number
            for missing, number in zip(
                np.isnat(days).tolist(), days.astype(np.int64).tolist(), strict=True
            )
        ],
        "credit": credit.credit[start:end],
        "value": credit.value[start:end],
    }
