"""Notes: what the rows are likely to mean other than what they were taken for.

None of it is an error, so the rows are taken as they are and a sentence counts them. Ids of
customers appear in no note. What the events themselves show is data health, in
``attribution.observed.health``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from attrigraph.domain.channel_names import DIRECT_CHANNELS, are_named
from attrigraph.domain.refunds import settle_sales
from attrigraph.domain.spellings import spelled_otherwise
from attrigraph.quantities import counted
from attrigraph.staging.event_groups import TOUCHES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import duckdb

    from attrigraph.domain.identities import JoinedIds
    from attrigraph.domain.refunds import Refund, Sale
    from attrigraph.staging.bindings import Binding

EXCLUDED: Final = "a referral from an own domain or a payment provider, which is no source"

EVENT_NOTES: Final = (
    (
        "placeholder",
        "event",
        "a word such as (not set) as campaign or creative, which is taken for none",
    ),
    (
        "conversion AND NOT also_touch AND coalesce(channel, campaign, creative) IS NOT NULL",
        "conversion",
        "a channel, campaign or creative, without effect unless --conversion-touches is set",
    ),
)
"""SQL of a condition on rows of ``event_group``, what they are, and what they have."""


def unused_columns(files: Sequence[str], bindings: Sequence[Binding]) -> Iterator[str]:
    """Columns that nothing is read from, by file."""
    for file, binding in zip(files, bindings, strict=True):
        if binding.unused:
            names = ", ".join(name or "without a name" for name in binding.unused)
            plural = "s" if len(binding.unused) > 1 else ""
            yield f"{file}: nothing is read from its column{plural} {names}"


def event_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Events whose channel no rule gives or is direct, and names without effect."""
    yield from _without_rule(database)
    yield from _direct(database)
    sums = ", ".join(f"sum(events) FILTER ({condition})" for condition, _, _ in EVENT_NOTES)
    counts = database.execute(f"SELECT {sums} FROM event_group").fetchall()[0]
    for count, (_, noun, meaning) in zip(counts, EVENT_NOTES, strict=True):
        if count:
            yield f"{counted(count, noun)} with {meaning}"


def erased_notes(erased: int) -> Iterator[str]:
    """Rows of erased customers."""
    if erased:
        yield f"{counted(erased, 'row')} of erased customers left out"


def session_notes(partly_priced: int) -> Iterator[str]:
    """Touches of sessions of which a cost is missing."""
    if partly_priced:
        yield (
            f"{counted(partly_priced, 'touch')} of sessions in which some arrivals have a cost and "
            "others do not; the cost of such a touch is the sum of those there are, and counts as "
            "known for the share of these arrivals"
        )


def valueless_files(
    database: duckdb.DuckDBPyConnection, files: Sequence[str], bindings: Sequence[Binding]
) -> Iterator[str]:
    """Exports of tools of whose conversions none has a value, though their layout knows one."""
    read = [
        number
        for number, binding in enumerate(bindings)
        if binding.table.rows == "events" and binding.table.conversions and binding.gives("value")
    ]
    rows = database.execute(
        """
        SELECT file, count(*) FROM event
        WHERE conversion AND reason IS NULL AND list_contains($files, file)
        GROUP BY file HAVING max(value) = 0 ORDER BY file""",
        {"files": read},
    ).fetchall()
    for file, number in rows:
        yield (
            f"{files[file]}: {counted(number, 'conversion')}, all of value 0; if they have values, "
            "read the table that holds them"
        )


def _without_rule(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Touches whose source is none or fits no rule, by the channel that they have instead."""
    counts = database.execute(f"""
        SELECT rule, given.channel, sum(events)
        FROM event_group AS given JOIN channel_source ON key = channel_key
        WHERE {TOUCHES} AND coalesce(rule, 0) = 0
        GROUP BY ALL ORDER BY 1, 2 NULLS FIRST""").fetchall()
    for rule, channel, count in counts:
        outcome = "unknown" if channel is None else repr(channel)
        meaning = "a source that matches no rule" if rule == 0 else EXCLUDED
        yield f"{counted(count, 'touch')} with {meaning}: channel {outcome}"


def _direct(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Touches without a source of which the file states so."""
    groups = database.execute(f"""
        SELECT channel, sum(events) FROM event_group WHERE {TOUCHES} GROUP BY ALL""").fetchall()
    is_direct = are_named([channel for channel, _ in groups], DIRECT_CHANNELS)
    count = sum(count for (_, count), direct in zip(groups, is_direct, strict=True) if direct)
    if count:
        yield f"{counted(count, 'touch')} of direct traffic, as the files state: no known source"


NAMES: Final = """
SELECT raw_id AS name FROM customer
UNION ALL SELECT anonymous FROM identity_link UNION ALL SELECT person FROM identity_link
"""
"""SQL of all ids that files name, those of customers and those that links join with them."""


MARKED: Final = "(contains(name, '.0') OR name <> trim(name))"
"""SQL of whether a name may be another one with blanks or a trailing ``.0``."""


def customer_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Ids of customers that differ only in blanks or a trailing ``.0``."""
    if not database.execute(f"SELECT 1 FROM ({NAMES}) WHERE {MARKED} LIMIT 1").fetchall():
        return  # as hardly any files have such names, and the rest takes long
    plain = r"regexp_replace(trim(name), '^([+-]?[0-9]+)\.0+$', '\1')"
    n_groups = database.execute(f"""
        WITH named AS ({NAMES}), changed AS (
            SELECT name, {plain} AS plain FROM named
            WHERE {MARKED} AND name <> {plain})
        SELECT count(*) FROM (
            SELECT plain FROM (
                FROM changed UNION ALL
                SELECT name, name FROM named WHERE name IN (SELECT plain FROM changed))
            GROUP BY plain HAVING count(DISTINCT name) > 1)""").fetchall()[0][0]
    if n_groups:
        plural = "s are" if n_groups > 1 else " is"
        yield (
            f"{n_groups:,} customer{plural} written in several ways, as 1 and 1.0 or with blanks; "
            "each is taken for a customer of its own"
        )


def decimal_notes(files: Sequence[str], decimals: Mapping[int, int]) -> Iterator[str]:
    """Ids of orders that were read as whole numbers, as numbers of rows by file."""
    for file, number in sorted(decimals.items()):
        if number:
            yield (
                f"{files[file]}: {counted(number, 'id')} of orders, all of them decimals such as "
                "1001.0, read as whole numbers such as 1001"
            )


def identity_notes(joined: JoinedIds, max_ids: int) -> Iterator[str]:
    """What became of ids that links connect."""
    if joined.joined:
        yield f"{counted(joined.joined, 'id')} joined with the customer of another id"
    if joined.conflicting:
        yield (
            f"{counted(joined.conflicting, 'id')} with several users, as a shared device has; "
            "events that name no user stay with a customer of their own where none is certain"
        )
    if joined.separated:
        yield (
            f"{counted(joined.separated, 'id')} of customers with more than {max_ids} ids, taken "
            "apart again; one of them may be a test account (--max-ids)"
        )


def path_notes(bindings: Sequence[Binding]) -> Iterator[str]:
    """Paths without those that did not convert."""
    paths = [binding for binding in bindings if binding.table.rows == "paths"]
    none = [binding.table.constants.get("total_null") == "0" for binding in paths]
    if all(none) or not all(binding.gives("total_null") for binding in paths):
        yield "the paths have no total_null: every journey in them converted"


def refund_notes(
    refunds: Sequence[Refund],
    sales: Sequence[Sale],
    known: Callable[[list[str]], Collection[str]],
) -> Iterator[str]:
    """Refunds of orders that are no conversion, and refunds above the value of their order.

    Args:
        refunds: all of them.
        sales: the conversions that they name.
        known: gives those of some ids that conversions or their orders have.
    """
    names = {name for sale in sales for name in sale.names}
    waiting = Counter(one.order for one in refunds if one.order not in names)
    yield from waiting_note(waiting)
    yield from spelling_note(spelled_otherwise(waiting, known))
    left = settle_sales(sales, refunds)
    above = {sale.order or sale.id for sale in sales if left[sale.id].excess > 1e-9}
    if above:
        yield (
            f"{counted(len(above), 'order')} with refunds above the value, such as "
            f"{min(above)!r}, {'counts' if len(above) == 1 else 'count'} as 0"
        )


def doubled_note(conversions: int) -> Iterator[str]:
    """Events that separate loads took from a table of all events and from their own."""
    if conversions:
        yield (
            f"{counted(conversions, 'conversion')} in the graph without a value, between the first "
            "and the last of this load and at the time of another of the same customer and kind "
            "that has one: probably the same event in a table of all events and in its own, which "
            "counts twice; load such tables by one command, into a graph without them"
        )


def purchase_note(conversions: int) -> Iterator[str]:
    """Conversions that were removed from the graph, as another one is the same purchase."""
    if conversions:
        yield (
            f"{counted(conversions, 'conversion')} removed from the graph: another of the same "
            "kind, of the same message or of the same customer and order, is the same purchase and "
            "has its value"
        )


def spelling_note(orders: Mapping[str, str]) -> Iterator[str]:
    """Refunds whose orders conversions have in another spelling, by that of the refund."""
    if orders:
        first = min(orders)
        yield (
            f"refunds of {counted(len(orders), 'order')} that conversions write in another way, as "
            f"{orders[first]!r} for {first!r}; each is taken for an order of its own, so give both "
            "as the same text"
        )


def waiting_note(refunds: Mapping[str, int]) -> Iterator[str]:
    """Refunds whose orders are unknown, as numbers by order."""
    if refunds:
        yield (
            f"{counted(sum(refunds.values()), 'refund')} without effect so far: no conversion has "
            f"the id of the order, such as {min(refunds)!r}"
        )


def waiting_orders_note(orders: int, example: str | None) -> Iterator[str]:
    """Orders with lines that no conversion of the graph has."""
    if orders:
        yield (
            f"lines of {counted(orders, 'order')} without a conversion so far, such as {example!r}"
        )
