"""Credit by day of conversion (``ASSIGNED_ON``) and by segment of customers (``ASSIGNED_IN``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.credit.by_part import NO_PART
from attrigraph.graph.catalogue import query
from attrigraph.graph.scores import check_written, write_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from neo4j import Driver, Transaction
    from numpy.typing import NDArray

    from attrigraph.attribution.credit.by_part import PartialCredit
    from attrigraph.domain import Level

Cell = tuple[Any, ...]
"""Key, day, credit and value."""

_ROWS_PER_BATCH: Final = 10_000


def write_daily_credit(
    target: Driver | Transaction,
    run: str,
    level: Level,
    by_model: Mapping[str, PartialCredit],
) -> None:
    """Write the credit of a run's models at one level by day, in batches of whole keys.

    Args:
        target: an open driver, for a transaction per batch, or a transaction.
        run: id of the run.
        level: what is credited.
        by_model: credit by model; its parts are days since 1970.

    Raises:
        StoreError: the node of a key was deleted.
    """
    _write(target, level, by_model, "day", lambda day: day, {"run": run})


def write_segment_credit(
    target: Driver | Transaction,
    run: str,
    level: Level,
    by_model: Mapping[str, PartialCredit],
    *,
    fact: str,
    segments: Sequence[str],
) -> None:
    """Write the credit of a run's models at one level by segment, in batches of whole keys.

    Args:
        target: an open driver, for a transaction per batch, or a transaction.
        run: id of the run.
        level: what is credited.
        by_model: credit by model; its parts are numbers of segments.
        fact: name of the attribute of customers that makes the segments.
        segments: their names.

    Raises:
        StoreError: the node of a key was deleted.
    """
    _write(target, level, by_model, "segment", segments.__getitem__, {"run": run, "fact": fact})


def read_days(
    transaction: Transaction, run: str, level: Level, models: Sequence[str], days: Sequence[int]
) -> dict[str, dict[Cell, str]]:
    """The stored credit of some days, by model: the element of each cell.

    Args:
        transaction: of a change.
        run: id of the run.
        level: what is credited.
        models: names of the models.
        days: numbers of days since 1970.
    """
    parameters = {"run": run, "level": level, "models": list(models), "days": list(days)}
    record = transaction.run(query("scores/read_days").text, parameters).single(strict=True)
    found: dict[str, dict[Cell, str]] = {}
    names = ("element", "model", "key", "day", "credit", "value")
    for element, model, *cell in zip(*(record[name] for name in names), strict=True):
        found.setdefault(model, {})[tuple(cell)] = element
    return found


def delete_days(transaction: Transaction, elements: Sequence[str]) -> None:
    """Delete cells of credit by day."""
    if elements:
        parameters = {"elements": list(elements)}
        transaction.run(query("scores/clear_days").text, parameters).consume()


def _write(
    target: Driver | Transaction,
    level: Level,
    by_model: Mapping[str, PartialCredit],
    part: str,
    name_of: Callable[[int], int | str],
    constants: Mapping[str, str],
) -> None:
    statement = query(f"scores/assign_{part}s_of_{level}s")
    for model, credit in by_model.items():
        for low, high in _batches_of_keys(credit.first):
            columns = _columns(credit, low, high, part, name_of)
            columns |= {**constants, "model": model}
            written = write_batch(target, statement, columns)
            check_written(written, len(columns[part]), f"{part}s of {level}s")


def _batches_of_keys(first: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of keys with about ``_ROWS_PER_BATCH`` rows each; key k has those from first[k]."""
    low = 0
    while low < len(first) - 1:
        limit = first[low] + _ROWS_PER_BATCH
        high = max(low + 1, int(np.searchsorted(first, limit, side="right")) - 1)
        yield low, high
        low = high


def _columns(
    credit: PartialCredit, low: int, high: int, part: str, name_of: Callable[[int], int | str]
) -> dict[str, Any]:
    start, end = credit.first[low], credit.first[high]
    parts = credit.part[start:end].tolist()
    return {
        "key": list(credit.keys[low:high]),
        "first": (credit.first[low : high + 1] - start).tolist(),
        part: [None if number == NO_PART else name_of(number) for number in parts],
        "credit": credit.credit[start:end],
        "value": credit.value[start:end],
    }
