"""Event tables out of the staged rows: whole customers, in batches, straight into NumPy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from attrigraph.domain import Categorical, Conversions, EventTable, Touches
from attrigraph.domain.columns import string_array
from attrigraph.domain.event_properties import EventProperties
from attrigraph.domain.event_slices import event_slices
from attrigraph.domain.order import break_ties, tied_rows
from attrigraph.staging import touch_ids, touch_rows
from attrigraph.staging.event_properties import read_properties
from attrigraph.staging.order import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from attrigraph.domain.columns import StringArray
    from attrigraph.domain.event_properties import PropertyType, PropertyValue

Columns = dict[str, NDArray[Any]]
OwnProperties = dict[int, dict[str, "PropertyValue"]]

EVENTS_PER_FETCH: Final = 100_000
"""Number of touches and conversions that are fetched together; batches are cut from them."""

ROWS_PER_FETCH: Final = 1_000_000
"""Number of touches of which a column is fetched together where all are wanted."""

ORDER: Final = ("customer", "time", "nanosecond", "position")
"""Columns by which touches and conversions are stored in order, but for ties."""

TOUCH: Final = ("name", "cost", "cost_share", "property")
CONVERSION: Final = ("kind", "value")
"""Further columns of touches and of conversions."""

IDS: Final = ("coalesce(origin, -1) AS origin", "coalesce(user_id, -1) AS user_id")
"""SQL of ids of events, by number: of that under which an event was recorded, -1 where it is the
customer's, and of the user that it names with it, -1 for none.
"""

NAMES: Final = ("coalesce(order_id, '') AS order_id", "coalesce(message_id, '') AS message_id")
"""SQL of ids of the orders and messages of conversions, '' for none."""

TEXT: Final[PropertyType] = "text"
PROPERTY: Final = "property"
"""Column of the number of properties of conversions, -1 for none."""

ALIASES: Final = """
SELECT customer, count(*) AS aliases
FROM (SELECT DISTINCT customer, origin FROM touch WHERE origin IS NOT NULL) GROUP BY customer
"""
"""SQL of how many ids other than its own each customer's touches were recorded under, if any."""

SAME: Final[dict[str, NDArray[Any]]] = {
    "nanosecond": np.array(0, np.int32),
    "position": np.array(0, np.int32),
    "cost": np.array(np.nan),
    "cost_share": np.array(1.0),
    "property": np.array(-1, np.int32),
}
"""What columns of touches hold that are not stored, for all touches have it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The distinct texts that codes stand for, the same in all batches.

    Attributes:
        kind: kinds of events, of which conversions have one.
        touch_kind: kinds of touches.
        channel: channels.
        campaign: campaigns.
        creative: creatives.
        names: codes of each combination of these that touches have, by its number and column.
        stored: columns of touches that are stored, if touches may differ in them.
        properties: properties of touches by the same numbers; empty if none has any.
        types: types of the properties that mappings name, by name.
    """

    kind: tuple[str, ...]
    touch_kind: tuple[str, ...]
    channel: tuple[str, ...]
    campaign: tuple[str, ...]
    creative: tuple[str, ...]
    names: Columns
    stored: frozenset[str]
    properties: tuple[dict[str, str], ...]
    types: Mapping[str, PropertyType]

    def property_types(self) -> dict[str, PropertyType]:
        """The properties that events may have beyond what models read, with their types."""
        named = sorted({name for one in self.properties for name in one})
        return {**dict.fromkeys(named, TEXT), **self.types}


def read_keys(database: duckdb.DuckDBPyConnection, types: Mapping[str, PropertyType]) -> Keys:
    """All keys, by code; types are those of the properties that mappings name."""
    columns = ", ".join(KEYS)
    names = _columns(database, f"SELECT {columns} FROM touch_name ORDER BY code", {})
    kind, channel, campaign, creative = (_key_texts(database, name) for name in KEYS)
    stored = frozenset(touch_rows.stored_columns(database))
    # kinds of conversions are no kinds of touches, for which there may be a lookback
    used, codes = np.unique(names["kind"], return_inverse=True)
    touch_kind = tuple(kind[code] for code in used.tolist())
    names["kind"] = codes.astype(np.int32)
    properties = tuple(_properties(database))
    return Keys(kind, touch_kind, channel, campaign, creative, names, stored, properties, types)


def _properties(database: duckdb.DuckDBPyConnection) -> Iterator[dict[str, str]]:
    """The properties of touches by the number of their names; none if none has any."""
    columns, names = ", ".join(touch_rows.PROPERTIES), list(touch_rows.PROPERTIES.values())
    named = f"SELECT {columns} FROM touch_name"
    if database.execute(f"{named} WHERE coalesce({columns}) IS NOT NULL LIMIT 1").fetchall():
        for texts in database.execute(f"{named} ORDER BY code").fetchall():
            yield {name: text for name, text in zip(names, texts, strict=True) if text is not None}


def read_ids(database: duckdb.DuckDBPyConnection) -> StringArray:
    """Ids that may be joined with others, as pseudonyms by number, and None at the end, for -1."""
    ids = _columns(database, "SELECT hash FROM identity_id ORDER BY code", {})["hash"]
    return string_array([*ids.tolist(), None])


def _key_texts(database: duckdb.DuckDBPyConnection, name: str) -> tuple[str, ...]:
    rows = database.execute(f"SELECT name FROM key_{name} ORDER BY code").fetchall()
    return tuple(row[0] for row in rows)


def batches(
    database: duckdb.DuckDBPyConnection,
    keys: Keys,
    ids: StringArray,
    *,
    size: int,
    part: int,
    parts: int,
) -> Iterator[EventTable]:
    """Batches of about ``size`` events; customers by bucket and id.

    Args:
        database: a connection that is used for nothing else meanwhile.
        keys: the keys of the codes.
        ids: see ``read_ids``.
        size: events, that is touches and conversions, of a batch.
        part: which buckets, modulo ``parts``.
        parts: how many parts there are.
    """
    known = ids if len(ids) > 1 else None
    where = "WHERE bucket BETWEEN $low AND $high AND bucket % $parts = $part"
    active = f"SELECT code, id, bucket FROM customer {where} AND active"
    for low, high in _ranges(database, part, parts, max(size, EVENTS_PER_FETCH)):
        range_ = {"low": low, "high": high, "part": part, "parts": parts}
        further = (*NAMES, PROPERTY)
        events = _fetch(database, keys, active, where, range_, ids=known, names=further)
        yield from event_slices(events, size)


def all_events(
    database: duckdb.DuckDBPyConnection,
    keys: Keys,
    name_ids: Callable[[], None],
    *,
    with_touch_ids: bool = True,
) -> EventTable:
    """All customers at once, including those without events, as in the graph.

    Args:
        database: a connection that is used for nothing else meanwhile.
        keys: the keys of the codes.
        name_ids: makes the pseudonyms that ids of touches are made of.
        with_touch_ids: whether to read ids of touches; otherwise they are None.
    """
    everyone = "SELECT code, id, bucket FROM customer"
    events = _fetch(
        database, keys, everyone, "", {}, with_touch_ids=with_touch_ids, name_ids=name_ids
    )
    code = _columns(database, "SELECT code FROM customer", {})["code"]
    return replace(events, n_aliases=_n_aliases(database, code))


def _n_aliases(
    database: duckdb.DuckDBPyConnection, code: NDArray[np.int32]
) -> NDArray[np.int32] | None:
    """Ids other than its own under which the touches of each customer were recorded, by code."""
    if not _has_joined_ids(database):
        return None
    columns = _columns(database, ALIASES, {})
    aliases = np.zeros(len(code), dtype=np.int32)
    aliases[_place(code, columns["customer"])] = columns["aliases"]
    return aliases


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
    whom: str,
    where: str,
    parameters: dict[str, int],
    *,
    with_touch_ids: bool = True,
    name_ids: Callable[[], None] = lambda: None,
    ids: StringArray | None = None,
    names: tuple[str, ...] = (),
) -> EventTable:
    """The customers that a query gives, and the events that fulfil a condition on ``bucket``."""
    customers = _columns(database, whom, parameters)
    # All tables are stored in this order already, so that it needs no further sorting.
    further = () if ids is None else IDS
    touches = _touch_columns(
        database, keys, (*TOUCH, *further), where, parameters, name_ids, ids=with_touch_ids
    )
    conversions = _conversion_columns(database, (*CONVERSION, *further, *names), where, parameters)
    code = customers["code"]
    own = _own_properties(database, keys, touches, conversions)
    return EventTable(
        customers["id"],
        customers["bucket"].astype(np.int32),
        _touches(touches, _place(code, touches["customer"]), keys, ids, own),
        _conversions(conversions, _place(code, conversions["customer"]), keys, ids, own),
    )


def _own_properties(
    database: duckdb.DuckDBPyConnection, keys: Keys, *events: Columns
) -> OwnProperties:
    """The properties that mappings name by their number, those that events have."""
    if not keys.types:
        return {}
    used = np.unique(np.concatenate([one[PROPERTY] for one in events if PROPERTY in one]))
    return dict(read_properties(database, keys.types, used[used >= 0].tolist()))


def _place(codes: NDArray[np.int32], customer: NDArray[np.int32]) -> NDArray[np.int32]:
    """The place of each customer among the codes, which are sorted."""
    if len(codes) and codes[-1] - codes[0] == len(codes) - 1:
        return customer - codes[0] if codes[0] else customer
    return np.searchsorted(codes, customer).astype(np.int32)


def _columns(database: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, int]) -> Columns:
    fetched = database.execute(sql, parameters).fetchnumpy()
    return {name: np.asarray(values) for name, values in fetched.items()}


def _touch_columns(
    database: duckdb.DuckDBPyConnection,
    keys: Keys,
    names: tuple[str, ...],
    where: str,
    parameters: dict[str, int],
    name_ids: Callable[[], None],
    *,
    ids: bool,
) -> Columns:
    """Columns of touches in the order of ``attrigraph.domain.order``, with ids or None for them.

    They are stored in this order but for ties, which only ids can break; so those of tied touches
    are read in any case.
    """
    wanted = (*ORDER, *names)
    stored = [name for name in wanted if name not in SAME or name in keys.stored]
    columns: Columns = {}
    if where:
        columns |= _columns(database, f"SELECT {', '.join(stored)} FROM touch {where}", parameters)
    else:
        columns |= {name: _whole_column(database, name) for name in stored}
    count = len(columns["customer"])
    columns |= {name: np.broadcast_to(SAME[name], count) for name in set(wanted) - set(stored)}
    tied = tied_rows(*(columns[name] for name in ORDER))
    if ids or len(tied):
        name_ids()
    if ids:
        columns["id"] = touch_ids.ids_of_buckets(database, where, parameters)
        return _with_broken_ties(columns, tied, columns["id"][tied])
    if len(tied):
        known = touch_ids.ids_of_rows(database, tied)
        columns = _with_broken_ties(columns, tied, [known[row] for row in tied.tolist()])
    none = np.array(None, dtype=object)
    return columns | {"id": np.broadcast_to(none, len(columns["time"]))}


def _whole_column(database: duckdb.DuckDBPyConnection, name: str) -> NDArray[Any]:
    """A column of all touches; part by part, as DuckDB holds a result beside the array of it."""
    count = database.execute("SELECT count(*) FROM touch").fetchall()[0][0]
    sql = f"SELECT {name} FROM touch WHERE rowid >= $start AND rowid < $start + {ROWS_PER_FETCH}"
    parts = [{"start": start} for start in range(0, max(count, 1), ROWS_PER_FETCH)]
    first = _columns(database, sql, parts[0])[name]
    column = np.empty(count, first.dtype)
    column[: len(first)] = first
    for part in parts[1:]:
        rows = _columns(database, sql, part)[name]
        column[part["start"] : part["start"] + len(rows)] = rows
    return column


def _conversion_columns(
    database: duckdb.DuckDBPyConnection,
    names: tuple[str, ...],
    where: str,
    parameters: dict[str, int],
) -> Columns:
    """Columns of conversions in the order of ``attrigraph.domain.order``, with ids."""
    wanted = ", ".join((*ORDER, "id", *names))
    columns = _columns(database, f"SELECT {wanted} FROM conversion {where}", parameters)
    tied = tied_rows(*(columns[name] for name in ORDER))
    return _with_broken_ties(columns, tied, columns["id"][tied])


def _with_broken_ties(
    columns: Columns, tied: NDArray[np.intp], ids: StringArray | list[str]
) -> Columns:
    """The columns with tied rows in order; ``ids`` are those of the tied rows."""
    order = break_ties(np.arange(len(tied)), ids, *(columns[name][tied] for name in ORDER))
    for name, column in columns.items():
        if column.strides != (0,):  # others hold one value
            columns[name][tied] = column[tied[order]]
    return columns


def _touches(
    columns: Columns,
    customer: NDArray[np.int32],
    keys: Keys,
    ids: StringArray | None,
    own: OwnProperties,
) -> Touches:
    codes = {name: _codes(keys.names[name], columns["name"]) for name in KEYS}
    return Touches(
        columns["id"],
        customer,
        columns["time"],
        columns["nanosecond"],
        columns["position"],
        Categorical(keys.touch_kind, codes["kind"]),
        Categorical(keys.channel, codes["channel"]),
        Categorical(keys.campaign, codes["campaign"]),
        Categorical(keys.creative, codes["creative"]),
        columns["cost"],
        _ids(columns, "origin", ids),
        _ids(columns, "user_id", ids),
        columns["cost_share"] if "cost_share" in keys.stored else None,
        _properties_of(keys.properties, columns["name"], own, columns[PROPERTY]),
    )


def _properties_of(
    named: Sequence[dict[str, str]],
    name: NDArray[np.int32],
    own: OwnProperties,
    number: NDArray[np.int32],
) -> EventProperties | None:
    """Properties of touches: of their names, and those that mappings name."""
    if not own:
        return EventProperties(tuple(named), name) if named else None
    if not named:
        return _own(own, number)
    pairs, codes = np.unique(np.stack([name, number]), axis=1, return_inverse=True)
    combinations = ({**named[one], **own.get(other, {})} for one, other in pairs.T.tolist())
    return EventProperties(tuple(combinations), codes)


def _own(own: OwnProperties, number: NDArray[np.int32]) -> EventProperties | None:
    """Properties that mappings name, for events with these numbers of them."""
    if not own:
        return None
    used, codes = np.unique(number, return_inverse=True)
    return EventProperties(tuple(own.get(one, {}) for one in used.tolist()), codes)


def _codes(codes: NDArray[np.int32], name: NDArray[np.int32]) -> NDArray[np.int32]:
    """The codes of one kind of names of touches, by the number of the names of each."""
    if len(codes) and (codes == codes[0]).all():
        return np.broadcast_to(codes[0], len(name))
    return codes[name]


def _conversions(
    columns: Columns,
    customer: NDArray[np.int32],
    keys: Keys,
    ids: StringArray | None,
    own: OwnProperties,
) -> Conversions:
    return Conversions(
        columns["id"],
        customer,
        columns["time"],
        columns["nanosecond"],
        columns["position"],
        Categorical(keys.kind, columns["kind"]),
        columns["value"],
        _ids(columns, "origin", ids),
        _ids(columns, "user_id", ids),
        _texts(columns, "order_id"),
        _texts(columns, "message_id"),
        _own(own, columns[PROPERTY]) if PROPERTY in columns else None,
    )


def _texts(columns: Columns, name: str) -> StringArray | None:
    """A column of texts with None for '', None where it has nothing else or was not read."""
    if name not in columns or not columns[name].any():
        return None
    return string_array([text or None for text in columns[name].tolist()])


def _ids(columns: Columns, name: str, ids: StringArray | None) -> StringArray | None:
    """The ids of a column of their numbers, None where it has none."""
    if ids is None:
        return None
    named: StringArray = ids[columns[name]]
    return named
