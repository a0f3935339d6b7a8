"""Event tables out of the staged rows: whole customers, in batches, straight into NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import Categorical, Conversions, EventTable, Touches
from attrigraph.domain.event_slices import event_slices
from attrigraph.domain.order import break_ties, tied_rows
from attrigraph.staging import touch_ids
from attrigraph.staging.order import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    from numpy.typing import NDArray

    from attrigraph.domain.columns import StringArray

EVENTS_PER_FETCH: Final = 100_000
"""Number of touches and conversions that are fetched together; batches are cut from them."""

ORDER: Final = ("customer", "time", "nanosecond", "position")
"""Columns by which touches and conversions are stored in order, but for ties."""

TOUCH: Final = ("kind", "channel", "campaign", "creative", "cost")
CONVERSION: Final = ("kind", "value")
"""Further columns of touches and of conversions."""

IDENTITY: Final = ("coalesce(origin, '') AS identity",)
"""SQL of the id under which an event was recorded, where that is not the customer's."""

Columns = dict[str, "NDArray[Any]"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The distinct texts that codes stand for, the same in all batches."""

    kind: tuple[str, ...]
    channel: tuple[str, ...]
    campaign: tuple[str, ...]
    creative: tuple[str, ...]


def read_keys(database: duckdb.DuckDBPyConnection) -> Keys:
    """All keys, by code."""
    return Keys(
        *(
            tuple(
                row[0]
                for row in database.execute(f"SELECT name FROM key_{name} ORDER BY code").fetchall()
            )
            for name in KEYS
        )
    )


def batches(
    database: duckdb.DuckDBPyConnection, keys: Keys, *, size: int, part: int, parts: int
) -> Iterator[EventTable]:
    """Batches of about ``size`` events; customers by bucket and id.

    Args:
        database: a connection that is used for nothing else meanwhile.
        keys: the keys of the codes.
        size: events, that is touches and conversions, of a batch.
        part: which buckets, modulo ``parts``.
        parts: how many parts there are.
    """
    joined = _has_joined_ids(database)
    for low, high in _ranges(database, part, parts, max(size, EVENTS_PER_FETCH)):
        events = _fetch(database, keys, low, high, part, parts, identity=joined)
        yield from event_slices(events, size)


def all_events(
    database: duckdb.DuckDBPyConnection, keys: Keys, *, with_touch_ids: bool = True
) -> EventTable:
    """All customers at once, including those without events, as in the graph.

    Args:
        database: a connection that is used for nothing else meanwhile.
        keys: the keys of the codes.
        with_touch_ids: whether to read ids of touches; otherwise they are None.
    """
    every_bucket = 0, np.iinfo(np.int16).max
    return _fetch(database, keys, *every_bucket, 0, 1, everyone=True, with_touch_ids=with_touch_ids)


def _has_joined_ids(database: duckdb.DuckDBPyConnection) -> bool:
    """Whether any event was recorded under an id that is not its customer's."""
    return any(
        database.execute(f"SELECT 1 FROM {name} WHERE origin IS NOT NULL LIMIT 1").fetchall()
        for name in ("touch", "conversion")
    )


def _ranges(
    database: duckdb.DuckDBPyConnection, part: int, parts: int, size: int
) -> Iterator[tuple[int, int]]:
    """First and last bucket of what is fetched together, about ``size`` events of the part."""
    counts = database.execute(
        "SELECT bucket, count(*) FROM "
        "(SELECT bucket FROM touch UNION ALL SELECT bucket FROM conversion) "
        "WHERE bucket % $parts = $part GROUP BY bucket ORDER BY bucket",
        {"parts": parts, "part": part},
    ).fetchall()
    first, held = None, 0
    for bucket, events in counts:
        if first is not None and held + events > size:
            yield first, bucket - 1
            first, held = None, 0
        first = bucket if first is None else first
        held += events
    if first is not None:
        yield first, counts[-1][0]


def _fetch(
    database: duckdb.DuckDBPyConnection,
    keys: Keys,
    low: int,
    high: int,
    part: int,
    parts: int,
    *,
    everyone: bool = False,
    with_touch_ids: bool = True,
    identity: bool = False,
) -> EventTable:
    """The customers of a range of buckets who belong to the part; with events unless everyone."""
    parameters = {"low": low, "high": high, "part": part, "parts": parts}
    where = "WHERE bucket BETWEEN $low AND $high AND bucket % $parts = $part"
    customers = _columns(
        database,
        f"SELECT code, id, bucket FROM customer {where} AND (active OR $everyone) ORDER BY code",
        parameters | {"everyone": everyone},
    )
    # Both tables are stored in this order already, so that it needs no further sorting.
    further = IDENTITY if identity else ()
    touches = _touch_columns(database, (*TOUCH, *further), where, parameters, ids=with_touch_ids)
    conversions = _conversion_columns(database, (*CONVERSION, *further), where, parameters)
    code = customers["code"]
    return EventTable(
        customers["id"],
        customers["bucket"].astype(np.int32),
        _touches(touches, np.searchsorted(code, touches["customer"]).astype(np.int32), keys),
        _conversions(
            conversions, np.searchsorted(code, conversions["customer"]).astype(np.int32), keys
        ),
    )


def _columns(database: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, int]) -> Columns:
    fetched = database.execute(sql, parameters).fetchnumpy()
    return {name: np.asarray(values) for name, values in fetched.items()}


def _touch_columns(
    database: duckdb.DuckDBPyConnection,
    names: tuple[str, ...],
    where: str,
    parameters: dict[str, int],
    *,
    ids: bool,
) -> Columns:
    """Columns of touches in the order of ``attrigraph.domain.order``, with ids or None for them.

    Without ids all touches are read. They are stored in this order but for ties, which only ids can
    break; so those of tied touches are read.
    """
    wanted = (*ORDER, *names)
    if ids:
        sql = f"SELECT {', '.join(wanted)} FROM touch {where}"
        columns = _columns(database, sql, parameters)
        every = touch_ids.ids_of_buckets(database, where, parameters)
        return _with_broken_ties(columns | {"id": every}, every)
    columns = {}
    for name in wanted:  # one by one, as DuckDB holds a result as a whole beside the arrays
        columns |= _columns(database, f"SELECT {name} FROM touch {where}", parameters)
    tied = tied_rows(*(columns[name] for name in ORDER))
    if len(tied):
        columns = _with_broken_ties(columns, touch_ids.ids_of_rows(database, tied))
    none = np.array(None, dtype=object)
    return columns | {"id": np.broadcast_to(none, len(columns["time"]))}


def _conversion_columns(
    database: duckdb.DuckDBPyConnection,
    names: tuple[str, ...],
    where: str,
    parameters: dict[str, int],
) -> Columns:
    """Columns of conversions in the order of ``attrigraph.domain.order``, with ids."""
    wanted = ", ".join((*ORDER, "id", *names))
    columns = _columns(database, f"SELECT {wanted} FROM conversion {where}", parameters)
    return _with_broken_ties(columns, columns["id"])


def _with_broken_ties(columns: Columns, ids: StringArray | Mapping[int, str]) -> Columns:
    rows = np.arange(len(columns["time"]))
    order = break_ties(rows, ids, *(columns[name] for name in ORDER))
    return columns if order is rows else {name: each[order] for name, each in columns.items()}


def _touches(columns: Columns, customer: NDArray[np.int32], keys: Keys) -> Touches:
    return Touches(
        columns["id"],
        customer,
        columns["time"],
        columns["nanosecond"],
        columns["position"],
        Categorical(keys.kind, columns["kind"]),
        Categorical(keys.channel, columns["channel"]),
        Categorical(keys.campaign, columns["campaign"]),
        Categorical(keys.creative, columns["creative"]),
        columns["cost"],
        _identity(columns),
    )


def _conversions(columns: Columns, customer: NDArray[np.int32], keys: Keys) -> Conversions:
    return Conversions(
        columns["id"],
        customer,
        columns["time"],
        columns["nanosecond"],
        columns["position"],
        Categorical(keys.kind, columns["kind"]),
        columns["value"],
        _identity(columns),
    )


def _identity(columns: Columns) -> StringArray | None:
    """The ids under which events were recorded, None where they are the customers'."""
    if "identity" not in columns:
        return None
    texts: StringArray = columns["identity"].astype(object)
    texts[texts == ""] = None
    return texts
