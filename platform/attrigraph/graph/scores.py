"""Scores of a run: credit of channels, campaigns and creatives, and touch-level credit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j import RoutingControl, Transaction

from attrigraph.domain import Amount, Credit
from attrigraph.domain.returns import Return
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
"""Threads that write at the same time, each on its own touches."""

RETURN_PROPERTIES: Final = {
    "cost": "cost",
    "cost_coverage": "costCoverage",
    "roas": "roas",
    "roas_low": "roasLow",
    "roas_high": "roasHigh",
    "cost_per_conversion": "costPerConversion",
    "share_of_credit": "shareOfCredit",
    "share_of_spend": "shareOfSpend",
}
"""Properties of cost and return, by field of ``Return``."""

ASSIGNED_LISTS: Final = (
    "key",
    "model",
    "credit",
    "value",
    "byPosition",
    "numbers",
    "identified",
    "reasons",
    "returns",
)
"""Lists of ``scores/read_assigned``; ``returns`` in the order of ``RETURN_PROPERTIES``."""

_TOUCHES_PER_BATCH: Final = 3000
_ROWS_PER_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Assigned:
    """The credit that one model assigns to one channel, campaign or creative.

    Attributes:
        model: the model's name.
        credit: key, conversions with their interval, value, and return; the key is that of a node.
        touches: its touches in the window.
        priced: how many of them have a cost of their own.
        currency: code of the currency of cost and value; None where it is not known.
    """

    model: str
    credit: Credit
    touches: int = 0
    priced: int = 0
    currency: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TouchCredit:
    """Touch-level credit of one model, grouped by conversion (compressed sparse rows).

    Conversion k has the touches ``first[k]`` to ``first[k + 1]`` (exclusive).

    Attributes:
        conversion: object ``[m]``, ids of conversions.
        first: int64 ``[m + 1]``.
        touch: object ``[n]``, ids of touches.
        credit: float64 ``[n]``, share of the conversion; negative for a negative effect.
        value: float64 ``[n]``, share of its value, currency.
        captured: float64 ``[n]``, share that the touch captured at the moment of purchase; None for
            models that do not separate it.
    """

    conversion: StringArray
    first: NDArray[np.int64]
    touch: StringArray
    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    captured: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.credit)


@dataclass(frozen=True, slots=True)
class CreditedTouch:
    """What a run gave to one touch for one conversion, as shares of the conversion.

    Attributes:
        credit: its credit; negative for a negative effect.
        captured: what it captured at the moment of purchase.
    """

    credit: float
    captured: float = 0.0


def write_assigned(
    target: Driver | Transaction,
    run: str,
    level: Level,
    rows: Sequence[Assigned],
) -> None:
    """Write the credit that models assign at one level, in batches.

    Args:
        target: an open driver, for a transaction per batch, or a transaction.
        run: id of the run.
        level: what is credited.
        rows: the credit.

    Raises:
        StoreError: the node of a key was deleted.
    """
    statement = query(f"scores/assign_{level}s")
    for start in range(0, len(rows), _ROWS_PER_BATCH):
        batch = rows[start : start + _ROWS_PER_BATCH]
        written = write_batch(target, statement, _assigned_columns(run, batch))
        check_written(written, len(batch), f"{level}s")


def write_touch_credit(
    target: Driver | Transaction,
    run: str,
    model: str,
    credit: TouchCredit,
    *,
    kept: bool = False,
    writers: int = WRITERS,
) -> None:
    """Write touch-level credit, in batches of whole conversions.

    Args:
        target: an open driver, for a transaction per batch, or a transaction.
        run: id of the run.
        model: name of the model.
        credit: the credit, with the rows of each customer next to each other.
        kept: whether the run is to be kept, and not published.
        writers: threads that write at the same time, each in transactions of its own.

    Raises:
        StoreError: a touch or conversion was deleted from the graph.
    """
    batches = _batches(credit.first)
    # adjacent batches belong to the same customers or to adjacent ones: each writer gets a
    # contiguous part, so that two writers rarely lock the same nodes
    parts = np.array_split(np.arange(len(batches)), writers)
    statement = query("scores/keep_touches" if kept else "scores/credit_touches")

    def write(part: NDArray[np.intp]) -> None:
        for i in part:
            columns = _credit_columns(run, model, credit, *batches[i])
            written = write_batch(target, statement, columns)
            check_written(written, len(columns["touch"]), "touches")

    if isinstance(target, Transaction):
        write(np.arange(len(batches)))
        return
    with ThreadPoolExecutor(writers, thread_name_prefix="credit-touches") as pool:
        list(pool.map(write, parts))


def read_assigned(driver: Driver, run: str, level: Level) -> dict[str, list[Credit]]:
    """The credit that a run assigned at one level, by model; keys in no particular order."""
    records, _, _ = driver.execute_query(
        query("scores/read_assigned").text,
        {"run": run, "level": level},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    [record] = records
    credits: dict[str, list[Credit]] = {}
    for row in zip(*(record[name] for name in ASSIGNED_LISTS), strict=True):
        key, model, conversions, value, (by_position,), numbers, *rest = row
        (identified,), (reasons,), returned = rest
        *ends, captured, captured_value = numbers
        low, high, above_next, chance_low, chance_high, value_low, value_high = ends
        credit = Credit(
            key=key,
            conversions=conversions,
            value=value,
            by_position=None if by_position is None else tuple(by_position),
            low=low,
            high=high,
            prob_ranked_above_next=above_next,
            chance_low=chance_low,
            chance_high=chance_high,
            value_low=value_low,
            value_high=value_high,
            identified=identified,
            reasons=tuple(reasons or ()),
            captured=None if captured is None else Amount(captured, captured_value),
            # runs of earlier versions have no coverage
            returns=None if returned[1] is None else Return(*returned),
        )
        credits.setdefault(model, []).append(credit)
    return credits


def read_not_identified(
    driver: Driver, run: str, model: str, channels: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Channels whose credit by a model of a run is not identified, with the codes of the reasons.

    Args:
        driver: of the graph.
        run: id of the run.
        model: name of the model.
        channels: the channels to look at; none gives an empty answer.
    """
    records, _, _ = driver.execute_query(
        query("scores/read_not_identified").text,
        {"run": run, "model": model, "channels": list(channels)},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    return {record["channel"]: tuple(record["reasons"]) for record in records}


def read_credit(driver: Driver, run: str, conversion: str) -> dict[str, CreditedTouch]:
    """Touch-level credit of a run for one conversion, by touch id."""
    records, _, _ = driver.execute_query(
        query("scores/read_credit").text,
        {"run": run, "conversion": conversion},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    [record] = records
    return {
        touch: CreditedTouch(credit, captured)
        for touch, credit, captured in zip(
            record["touch"], record["credit"], record["captured"], strict=True
        )
    }


def write_batch(target: Driver | Transaction, statement: Query, columns: dict[str, Any]) -> int:
    """Run a statement that writes rows in a transaction, or in one of its own; how many."""
    if isinstance(target, Transaction):
        return write_rows(target, statement, columns)
    with target.session(database=DATABASE) as session:
        return session.execute_write(write_rows, statement, columns)


def write_rows(
    tx: ManagedTransaction | Transaction, statement: Query, columns: dict[str, Any]
) -> int:
    """Run a statement that writes rows of columns in a transaction; how many were written."""
    return int(tx.run(statement.text, columns).single(strict=True)["written"])


def check_written(written: int, expected: int, what: str) -> None:
    """Check that all rows were written.

    Raises:
        StoreError: nodes of some were deleted.
    """
    if written != expected:
        raise StoreError(
            f"{expected - written} of {expected} {what} were deleted from the graph after they "
            "were read; try again when nothing else changes the graph"
        )


def _assigned_columns(run: str, rows: Sequence[Assigned]) -> dict[str, Any]:
    credits = [row.credit for row in rows]
    return {
        "run": run,
        "key": [credit.key for credit in credits],
        "model": [row.model for row in rows],
        "credit": [credit.conversions for credit in credits],
        "value": [credit.value for credit in credits],
        "low": [credit.low for credit in credits],
        "high": [credit.high for credit in credits],
        "probRankedAboveNext": [credit.prob_ranked_above_next for credit in credits],
        "returns": [_returns(row) for row in rows],
        "touches": [row.touches for row in rows],
        "priced": [row.priced for row in rows],
        "byPosition": [
            None if credit.by_position is None else list(credit.by_position) for credit in credits
        ],
        "chanceLow": [credit.chance_low for credit in credits],
        "chanceHigh": [credit.chance_high for credit in credits],
        "valueLow": [credit.value_low for credit in credits],
        "valueHigh": [credit.value_high for credit in credits],
        "identified": [credit.identified for credit in credits],
        "reasons": [
            None if credit.identified is None else list(credit.reasons) for credit in credits
        ],
        "captured": [credit.captured and credit.captured.conversions for credit in credits],
        "capturedValue": [credit.captured and credit.captured.value for credit in credits],
    }


def _returns(row: Assigned) -> dict[str, float | str]:
    """Cost and return as properties; what is unknown or withheld is absent."""
    found = {} if row.credit.returns is None else asdict(row.credit.returns)
    known = {RETURN_PROPERTIES[name]: value for name, value in found.items() if value is not None}
    return known if row.currency is None else {**known, "currency": row.currency}


def _credit_columns(
    run: str, model: str, credit: TouchCredit, low: int, high: int
) -> dict[str, Any]:
    """The columns of conversions ``low`` to ``high`` (exclusive)."""
    start, end = credit.first[low], credit.first[high]
    return {
        "run": run,
        "model": model,
        "conversion": credit.conversion[low:high].tolist(),
        "first": (credit.first[low : high + 1] - start).tolist(),
        "touch": credit.touch[start:end].tolist(),
        "credit": credit.credit[start:end],
        "value": credit.value[start:end],
        # most touches captured nothing, and have no such property
        "captured": [None] * int(end - start)
        if credit.captured is None
        else [part or None for part in credit.captured[start:end].tolist()],
    }


def _batches(first: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Non-empty ranges of conversions with about ``_TOUCHES_PER_BATCH`` touches each."""
    return list(pairwise(_cuts(first)))


def _cuts(first: NDArray[np.int64]) -> Iterator[int]:
    low, conversions = 0, len(first) - 1
    yield low
    while low < conversions:
        end = int(np.searchsorted(first, first[low] + _TOUCHES_PER_BATCH, side="right")) - 1
        low = max(low + 1, end)
        yield low
