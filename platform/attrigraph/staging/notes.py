"""Notes: what the rows are likely to mean other than what they were taken for.

None of it is an error, so the rows are taken as they are and a sentence counts them. Ids of
customers appear in no note, unless they are words for a missing value.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.identities import JoinedIds

MAX_NAMED: Final = 5
"""Examples that a note names."""

MISSING_WORDS: Final = (
    *("null", "(null)", "nan", "none", "(none)", "nil", "undefined", "n/a", "#n/a", "<na>", "nat"),
    *("unknown", "(unknown)", "anonymous", "(not set)", "00000000-0000-0000-0000-000000000000"),
)
"""What exports write in the place of a missing id, in small letters."""

SEPARATORS: Final = frozenset(">→»|;")
"""Characters that separate the channels of a path in common exports."""

WORD_PARTS: Final = frozenset("-_./&+")
"""Characters that also occur within names."""


EVENT_NOTES: Final = (
    (
        "channel IS NULL AND channel_key IS NULL AND NOT conversion",
        "touch",
        "neither a channel nor UTM fields: channel unknown",
    ),
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
    (
        "dated",
        "event",
        "a date and no time of day: touches come at the start of the day, conversions at its end",
    ),
)
"""SQL of a condition on rows of ``event``, what they are, and what they have."""


def unused_columns(files: Sequence[str], bindings: Sequence[Binding]) -> Iterator[str]:
    """Columns that nothing is read from, by file."""
    for file, binding in zip(files, bindings, strict=True):
        if binding.unused:
            names = ", ".join(name or "without a name" for name in binding.unused)
            plural = "s" if len(binding.unused) > 1 else ""
            yield f"{file}: nothing is read from its column{plural} {names}"


def event_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Events whose channel is unknown or without effect, dates as times, words as ids."""
    yield from _without_rule(database)
    filters = ", ".join(f"count(*) FILTER ({condition})" for condition, _, _ in EVENT_NOTES)
    counts = database.execute(f"SELECT {filters} FROM event WHERE reason IS NULL").fetchall()[0]
    for count, (_, noun, meaning) in zip(counts, EVENT_NOTES, strict=True):
        if count:
            yield f"{counted(count, noun)} with {meaning}"
    yield from _missing_ids(database)


def _without_rule(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Touches that no channel rule fits, by the channel that they have instead."""
    counts = database.execute("""
        SELECT event.channel, count(*) FROM event JOIN channel_source ON key = channel_key
        WHERE reason IS NULL AND (NOT conversion OR also_touch) AND rule = 0
        GROUP BY ALL ORDER BY 1 NULLS FIRST""").fetchall()
    for channel, count in counts:
        outcome = "unknown" if channel is None else repr(channel)
        yield f"{counted(count, 'touch')} with UTM fields that match no rule: channel {outcome}"


def _missing_ids(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    customers = database.execute(
        "SELECT customer, count(*) FROM event WHERE reason IS NULL "
        "AND list_contains($words, lower(trim(customer))) GROUP BY customer ORDER BY customer",
        {"words": list(MISSING_WORDS)},
    ).fetchall()
    if customers:
        n_events = sum(count for _, count in customers)
        names = _examples(name for name, _ in customers)
        yield (
            f"{counted(n_events, 'event')} of customers named {names}, which may mean a missing "
            "id; all events of such a name are taken for those of one customer"
        )


def customer_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Ids of customers that differ only in blanks or a trailing ``.0``."""
    plain = r"regexp_replace(trim(raw_id), '^([+-]?[0-9]+)\.0+$', '\1')"
    n_groups = database.execute(f"""
        WITH changed AS (
            SELECT raw_id, {plain} AS plain FROM customer
            WHERE (contains(raw_id, '.0') OR raw_id <> trim(raw_id)) AND raw_id <> {plain})
        SELECT count(*) FROM (
            SELECT plain FROM (
                FROM changed UNION ALL
                SELECT raw_id, raw_id FROM customer WHERE raw_id IN (SELECT plain FROM changed))
            GROUP BY plain HAVING count(*) > 1)""").fetchall()[0][0]
    if n_groups:
        plural = "s are" if n_groups > 1 else " is"
        yield (
            f"{n_groups:,} customer{plural} written in several ways, as 1 and 1.0 or with blanks; "
            "each is taken for a customer of its own"
        )


def identity_notes(joined: JoinedIds, max_ids: int) -> Iterator[str]:
    """What became of ids that links connect."""
    if joined.joined:
        yield f"{counted(joined.joined, 'id')} joined with the customer of another id"
    if joined.conflicting:
        yield (
            f"{counted(joined.conflicting, 'id')} with several users, as a shared device has; each "
            "stays a customer of its own"
        )
    if joined.separated:
        yield (
            f"{counted(joined.separated, 'id')} of customers with more than {max_ids} ids, taken "
            "apart again; one of them may be a test account (--max-ids)"
        )


def channel_notes(channels: Iterable[str]) -> Iterator[str]:
    """Channels that differ only in capitals, blanks or Unicode form."""
    groups = defaultdict(list)
    for channel in channels:
        groups[_folded(channel)].append(channel)
    similar = [group for group in groups.values() if len(group) > 1]
    if similar:
        named = "; ".join(_examples(group) for group in similar[:MAX_NAMED])
        more = "; ..." if len(similar) > MAX_NAMED else ""
        yield f"channels that differ only in capitals, blanks or Unicode form: {named}{more}"


def _folded(name: str) -> str:
    """The name without what readers overlook."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    visible = "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")
    return " ".join(visible.split())


def path_notes(
    bindings: Sequence[Binding], separator: str, channels: Iterable[str]
) -> Iterator[str]:
    """Paths without those that did not convert, and channels that hold another separator."""
    paths = [binding for binding in bindings if binding.table.rows == "paths"]
    none = [binding.table.constants.get("total_null") == "0" for binding in paths]
    if all(none) or not all(binding.gives("total_null") for binding in paths):
        yield "the paths have no total_null: every journey in them converted"
    marks = SEPARATORS | (set(separator.strip()) - WORD_PARTS)
    holding = [channel for channel in channels if not marks.isdisjoint(channel)]
    if holding:
        yield (
            f"{counted(len(holding), 'channel')} with what may be a separator of another form: "
            f"{_examples(holding)}; the separator is {separator!r} (--separator)"
        )


def _examples(names: Iterable[str]) -> str:
    listed = [repr(name) for name in names]
    more = ", ..." if len(listed) > MAX_NAMED else ""
    return ", ".join(listed[:MAX_NAMED]) + more
