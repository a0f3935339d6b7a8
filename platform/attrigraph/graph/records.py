"""Turns the parallel lists of one record into an ordered table of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import NO_TIME, Categorical, Conversions, EventTable, Touches, string_array
from attrigraph.domain.order import event_order, order_by_time, repeats
from attrigraph.errors import StoreError
from attrigraph.graph.names import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import StringArray

    Order = NDArray[np.intp]
    Numbers = NDArray[np.int32]


def event_table_of(record: Mapping[str, Any]) -> EventTable:
    """The events of one record of ``journeys/read_events`` or ``journeys/read_steps``.

    Customers are sorted by (bucket, id). Channels, and what was served, remain codes without keys.
    The record may lack lists of ids (then None), kinds (missing), nanoseconds (0), positions (0)
    and costs (NaN).

    Raises:
        StoreError: lists differ in length, for example because a node has no id.
    """
    _check_lengths(record)
    rank, customers, bucket = _ranked(record["customer"], record["bucket"])
    return EventTable(customers, bucket, _touches(record, rank), _conversions(record, rank))


def _check_lengths(record: Mapping[str, Any]) -> None:
    """Check that no list lost a null: its later values would belong to other rows."""
    for kind in ("touch", "conversion"):
        expected = len(record[f"{kind}Customer"])
        wrong = [
            name
            for name, column in record.items()
            if name.startswith(kind) and len(column) != expected
        ]
        if wrong:
            raise StoreError(
                f"the graph returned {expected} {kind}s but fewer values of {', '.join(wrong)}: "
                "some nodes have no id; load them with `attrigraph load`"
            )


def _ranked(ids: Sequence[str], buckets: Sequence[int]) -> tuple[Numbers, StringArray, Numbers]:
    """Each customer's rank in the order of (bucket, id), and ids and buckets in that order."""
    ordered = sorted(zip(buckets, ids, range(len(ids)), strict=True))
    rank = np.empty(len(ids), np.int32)
    rank[[row for _, _, row in ordered]] = np.arange(len(ids), dtype=np.int32)
    customers = string_array([name for _, name, _ in ordered])
    return rank, customers, np.array([bucket for bucket, _, _ in ordered], np.int32)


def _touches(record: Mapping[str, Any], rank: Numbers) -> Touches:
    when, ids, order = _in_order(record, "touch", rank)
    n = len(order)
    served = record["touchServed"][order]
    cost, share = record.get("touchCost"), record.get("touchCostShare")
    return Touches(
        id=np.full(n, None, dtype=object) if ids is None else string_array(ids)[order],
        **when,
        kind=_kinds(record.get("touchKind"), order),
        channel=Categorical((), record["touchChannel"][order]),
        campaign=Categorical((), served),
        creative=Categorical((), served),
        cost=np.full(n, np.nan) if cost is None else np.array(cost, np.float64)[order],
        cost_share=None if share is None else np.array(share, np.float64)[order],
    )


def _conversions(record: Mapping[str, Any], rank: Numbers) -> Conversions:
    when, ids, order = _in_order(record, "conversion", rank)
    return Conversions(
        id=string_array(ids or [])[order],
        **when,
        kind=_kinds(record["conversionKind"], order),
        value=np.array(record["conversionValue"], np.float64)[order],
    )


def _in_order(
    record: Mapping[str, Any], kind: str, rank: Numbers
) -> tuple[dict[str, Any], Sequence[str] | None, Order]:
    """Columns of customer and time in order, ids in the record's order, and the order."""
    customer = rank[np.array(record[f"{kind}Customer"], np.intp)]
    when: dict[str, NDArray[Any]] = {
        "customer": customer,
        "time": np.array(record[f"{kind}Time"], np.int64),
        "nanosecond": _whole_numbers(record.get(f"{kind}Nanosecond"), len(customer)),
        "position": _whole_numbers(record.get(f"{kind}Position"), len(customer)),
    }
    ids = record.get(f"{kind}Id")
    order = event_order(**when, ids=ids)
    return {name: column[order] for name, column in when.items()}, ids, order


def _whole_numbers(values: Sequence[int] | None, n: int) -> Numbers:
    return np.array(values, np.int32) if values else np.zeros(n, np.int32)


def repeated(touches: Touches) -> NDArray[np.bool_]:
    """Mask of touches, from the second on, that differ from the previous one only by id."""
    rows = np.arange(len(touches))
    return repeats(rows, touches.customer, touches.time, touches.nanosecond, touches.position)


def undecided(events: EventTable) -> NDArray[np.bool_]:
    """Mask of customers whose events cannot be ordered by epoch milliseconds alone."""
    customer = np.concatenate([events.touches.customer, events.conversions.customer])
    time = np.concatenate([events.touches.time, events.conversions.time])
    order = order_by_time(customer, time)
    needed = np.zeros(len(events.customers), bool)
    needed[customer[order[1:]][repeats(order, customer, time)]] = True
    needed[customer[time == NO_TIME]] = True
    return needed


def _kinds(kinds: Sequence[str] | None, order: Order) -> Categorical:
    """A column of strings as codes; '' is missing, and without a list every value is missing."""
    if kinds is None:
        return Categorical((), np.full(len(order), MISSING, np.int32))
    keys = sorted({*kinds} - {""})
    code = {key: i for i, key in enumerate(keys)} | {"": MISSING}
    return Categorical(tuple(keys), np.array([code[kind] for kind in kinds], np.int32)[order])
