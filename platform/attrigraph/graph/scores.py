"""Scores of a run: what models assign to channels, campaigns and creatives, and touches' credit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j import RoutingControl

from attrigraph.domain import Credit
from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neo4j import Driver, ManagedTransaction
    from numpy.typing import NDArray

    from attrigraph.domain import Level, StringArray
    from attrigraph.graph.catalogue import Query

WRITERS: Final = 2
"""Threads that write at a time, each on touches of its own."""

_TOUCHES_A_BATCH: Final = 3000
_ROWS_A_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Assigned:
    """What one model assigns to one channel, campaign or creative.

    Attributes:
        model: the model's name.
        credit: key, conversions with their interval, and value; the key names a node.
        cost: cost of the key's touches in the window, currency; None where none has a cost.
        touches: the key's touches in the window.
        priced: how many of them have a cost.
    """

    model: str
    credit: Credit
    cost: float | None = None
    touches: int = 0
    priced: int = 0

    @property
    def roas(self) -> float | None:
        """Return on advertising spend, value / cost; None where the cost is unknown or 0."""
        return self.credit.value / self.cost if self.cost else None


@dataclass(frozen=True, slots=True, eq=False)
class TouchCredit:
    """One model's credit of touches, grouped by conversion (compressed rows).

    Conversion k is shared by touches ``first[k]`` to ``first[k + 1]``.

    Attributes:
        conversion: object ``[m]``, ids of conversions.
        first: int64 ``[m + 1]``.
        touch: object ``[n]``, ids of touches.
        credit: float64 ``[n]``, share of the conversion; below 0 where the touch did harm.
        value: float64 ``[n]``, share of its value, currency.
    """

    conversion: StringArray
    first: NDArray[np.int64]
    touch: StringArray
    credit: NDArray[np.float64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.credit)


def write_assigned(
    driver: Driver,
    run: str,
    level: Level,
    rows: Sequence[Assigned],
) -> None:
    """Write what models assign to the keys of one level, in batches.

    Raises:
        StoreError: a key has no node any more.
    """
    statement = query(f"scores/assign_{level}s")
    for start in range(0, len(rows), _ROWS_A_BATCH):
        batch = rows[start : start + _ROWS_A_BATCH]
        with driver.session(database=DATABASE) as session:
            written = session.execute_write(_write, statement, _assigned_columns(run, batch))
        _check_written(written, len(batch), f"{level}s")


def write_touch_credit(
    driver: Driver,
    run: str,
    model: str,
    credit: TouchCredit,
    *,
    writers: int = WRITERS,
) -> None:
    """Write the credit of touches, in batches of whole conversions.

    Args:
        driver: an open driver.
        run: the run's id.
        model: the model whose credit it is.
        credit: the credit; rows of one customer stand together.
        writers: threads that write at a time.

    Raises:
        StoreError: a touch or conversion is gone from the graph.
    """
    batches = _batches(credit.first)
    # neighbours in the list are of one customer or of near ones: each writer takes a stretch, so
    # that two writers seldom want the same nodes
    stretches = np.array_split(np.arange(len(batches)), writers)

    def write(stretch: NDArray[np.intp]) -> None:
        statement = query("scores/credit_touches")
        with driver.session(database=DATABASE) as session:
            for i in stretch:
                columns = _credit_columns(run, model, credit, *batches[i])
                written = session.execute_write(_write, statement, columns)
                _check_written(written, len(columns["touch"]), "touches")

    with ThreadPoolExecutor(writers, thread_name_prefix="credit-touches") as pool:
        list(pool.map(write, stretches))


def read_assigned(driver: Driver, run: str, level: Level) -> dict[str, list[Credit]]:
    """What a run assigned at one level, by model; keys in no particular order."""
    records, _, _ = driver.execute_query(
        query("scores/read_assigned").text,
        {"run": run, "level": level},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    [record] = records
    names = ("key", "model", "credit", "value", "byPosition", "interval")
    found: dict[str, list[Credit]] = {}
    for key, model, conversions, value, (by_position,), (low, high, ahead) in zip(
        *(record[name] for name in names), strict=True
    ):
        credit = Credit(
            key=key,
            conversions=conversions,
            value=value,
            by_position=None if by_position is None else tuple(by_position),
            low=low,
            high=high,
            prob_ranked_above_next=ahead,
        )
        found.setdefault(model, []).append(credit)
    return found


def read_credit(driver: Driver, run: str, conversion: str) -> dict[str, float]:
    """What a run credits single touches with for one conversion: parts of it by the touch's id."""
    records, _, _ = driver.execute_query(
        query("scores/read_credit").text,
        {"run": run, "conversion": conversion},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    [record] = records
    return dict(zip(record["touch"], record["credit"], strict=True))


def _write(tx: ManagedTransaction, statement: Query, columns: dict[str, Any]) -> int:
    return int(tx.run(statement.text, columns).single(strict=True)["written"])


def _check_written(written: int, expected: int, what: str) -> None:
    if written != expected:
        raise StoreError(
            f"{expected - written} of {expected} {what} are gone from the graph since they were "
            "read; try again when nothing else changes it"
        )


def _assigned_columns(run: str, rows: Sequence[Assigned]) -> dict[str, Any]:
    return {
        "run": run,
        "key": [row.credit.key for row in rows],
        "model": [row.model for row in rows],
        "credit": [row.credit.conversions for row in rows],
        "value": [row.credit.value for row in rows],
        "low": [row.credit.low for row in rows],
        "high": [row.credit.high for row in rows],
        "aheadOfNext": [row.credit.prob_ranked_above_next for row in rows],
        "cost": [row.cost for row in rows],
        "roas": [row.roas for row in rows],
        "touches": [row.touches for row in rows],
        "priced": [row.priced for row in rows],
        "byPosition": [
            None if row.credit.by_position is None else list(row.credit.by_position) for row in rows
        ],
    }


def _credit_columns(
    run: str, model: str, credit: TouchCredit, low: int, high: int
) -> dict[str, Any]:
    """The columns of conversions ``low`` to ``high``."""
    start, end = credit.first[low], credit.first[high]
    return {
        "run": run,
        "model": model,
        "conversion": credit.conversion[low:high].tolist(),
        "first": (credit.first[low : high + 1] - start).tolist(),
        "touch": credit.touch[start:end].tolist(),
        "credit": credit.credit[start:end],
        "value": credit.value[start:end],
    }


def _batches(first: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of conversions with about ``_TOUCHES_A_BATCH`` touches, none empty."""
    return list(pairwise(_cuts(first)))


def _cuts(first: NDArray[np.int64]) -> Iterator[int]:
    low, conversions = 0, len(first) - 1
    yield low
    while low < conversions:
        reach = int(np.searchsorted(first, first[low] + _TOUCHES_A_BATCH, side="right")) - 1
        low = max(low + 1, reach)
        yield low
