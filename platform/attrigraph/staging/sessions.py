"""Sessions: the visits of one session are one touch, which has the session's source.

An export of the web has a row for each page. Only the page on which somebody arrives names a
campaign or a referrer; the pages after it belong to the same visit. A session is what the file
names so, or else a chain of visits with gaps of at most half an hour, in which another campaign
starts a new session. Direct traffic is no other campaign. Another user of the browser starts a new
session in every case, and the touch of a session names the user that any of its visits names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from attrigraph.domain.channel_names import DIRECT_CHANNELS, are_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

SessionTouches = Literal["one", "all"]

VISIT: Final = "visit"
"""The kind of touches that sessions join."""

MERGED: Final = "merged"
"""Takes the place of a reason for a visit that became part of the touch of its session."""

MINUTE_MS: Final = 60_000

ORDER: Final = "ORDER BY time, nanosecond, position, id, file, line"

BROWSER: Final = "CASE WHEN origin IS NULL THEN customer ELSE customer || chr(0) || origin END"
"""SQL of whose visits a session joins: those of one id of a customer, a browser or an app."""

SEEN: Final = f"""
SELECT rowid AS row, customer, session, person, NOT conversion AS visit, place,
    time, nanosecond, position, id, file, line,
    NOT conversion AND coalesce(channel, campaign, creative) IS NOT NULL AS named,
    CASE WHEN named AND NOT coalesce(list_contains($direct, channel), false)
        THEN to_json([channel, campaign, creative])::VARCHAR END AS source,
    CASE WHEN session IS NULL AND time - lag(time) OVER seen > $gap THEN 1 ELSE 0 END AS late
FROM (
    SELECT * REPLACE ({BROWSER} AS customer), rowid, row_number() OVER ({ORDER}) AS place FROM event
    WHERE reason IS NULL AND list_contains($files, file) AND (conversion OR kind = '{VISIT}'))
WINDOW seen AS (PARTITION BY customer, session {ORDER})
"""
"""SQL of visits and conversions; conversions keep a session going and are no part of its touch."""

NUMBERED: Final = f"""
SELECT *, sum(CASE WHEN $split AND session IS NULL AND source <> source_before
        OR person <> person_before THEN 1 ELSE 0 END)
    OVER (PARTITION BY customer, session, chain {ORDER}) AS part
FROM (
    SELECT *, last_value(source IGNORE NULLS) OVER earlier AS source_before,
        last_value(person IGNORE NULLS) OVER earlier AS person_before
    FROM (
        SELECT *, sum(late) OVER (PARTITION BY customer, session {ORDER}) AS chain
        FROM ({SEEN}))
    WINDOW earlier AS (PARTITION BY customer, session, chain {ORDER}
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
"""
"""SQL of the same with the number of the chain and of the part of it that has one source."""

SESSIONS: Final = f"""
CREATE OR REPLACE TEMP TABLE session_touch AS
SELECT arg_min(row, place) FILTER (visit) AS row,
    coalesce(arg_min(row, place) FILTER (source IS NOT NULL), arg_min(row, place) FILTER (named))
        AS source_row,
    arg_min(person, place) FILTER (visit AND person IS NOT NULL) AS person,
    list(row) FILTER (visit) AS rows, list(row) FILTER (visit AND source IS NULL) AS sourceless
FROM ({NUMBERED}) GROUP BY customer, session, chain, part HAVING bool_or(visit)
"""
"""SQL that makes the touch of each session: its first visit, and what other visits name."""


VISITS: Final = """
SELECT *, NOT coalesce(list_contains(sourceless, visit), false) AS arrival
FROM (SELECT row AS kept, unnest(rows) AS visit, sourceless FROM session_touch)
"""
"""SQL of the visits of each session and the one that becomes its touch; arrivals have a source."""

COSTS: Final = f"""
SELECT kept, fsum(cost ORDER BY cost) AS cost,
    coalesce(avg((cost IS NOT NULL)::INTEGER) FILTER (arrival), avg((cost IS NOT NULL)::INTEGER))
        AS share
FROM ({VISITS}) JOIN event_row ON event_row.rowid = visit
GROUP BY kept HAVING count(cost) > 0 AND count(*) > 1
"""
"""SQL of what the visits of sessions cost together, and of what share the costs are known.

The share is that of arrivals, as inner pages have no cost of their own.
"""


def join_sessions(
    database: duckdb.DuckDBPyConnection,
    files: Sequence[int],
    *,
    gap_minutes: float,
    split: bool,
    touches: SessionTouches,
) -> int:
    """Give visits the source of their session, and make those of one session one touch.

    Args:
        database: where ``event`` is; rows that are merged get the reason ``merged``.
        files: numbers of the files whose visits are joined.
        gap_minutes: the longest time between two visits of one session, for files without ids of
            sessions.
        split: whether another source starts a new session, for the same files.
        touches: ``one`` makes the first visit of a session its touch and merges the others into
            it; ``all`` keeps every visit, with the source of the session where it names none.

    Returns:
        How many touches have the cost of some of the arrivals of their session only, as that of
        the others is not known.
    """
    if not files:
        return 0
    database.execute(
        SESSIONS,
        {
            "files": list(files),
            "direct": _direct_channels(database),
            "gap": round(gap_minutes * MINUTE_MS),
            "split": split,
        },
    )
    _give_sources(database, "[row]" if touches == "one" else "sourceless")
    partly = 0
    if touches == "one":
        partly = _add_costs(database)
        _give_users(database)
        _merge_visits(database)
    database.execute("DROP TABLE session_touch")
    return partly


def _add_costs(database: duckdb.DuckDBPyConnection) -> int:
    """Give the touch of each session the costs of its visits; how many lack one of an arrival."""
    database.execute(f"CREATE OR REPLACE TEMP TABLE session_cost AS {COSTS}")
    counts = "SELECT count(*), count(*) FILTER (share < 1) FROM session_cost"
    sums, partly = database.execute(counts).fetchall()[0]
    if sums:  # files without costs have no column for them
        database.execute("""
            UPDATE event_store SET cost = session_cost.cost, cost_share = share FROM session_cost
            WHERE event_store.rowid = kept""")
    database.execute("DROP TABLE session_cost")
    return int(partly)


def _give_users(database: duckdb.DuckDBPyConnection) -> None:
    """Give the touch of each session the user that one of its visits names."""
    named = "SELECT row, person FROM session_touch WHERE person IS NOT NULL"
    if database.execute(f"{named} LIMIT 1").fetchall():  # other files have no column for it
        database.execute(f"""
            UPDATE event_store SET person = named.person FROM ({named}) AS named
            WHERE event_store.rowid = row""")


def _direct_channels(database: duckdb.DuckDBPyConnection) -> list[str]:
    """The channels of events that are direct traffic, as they are written."""
    rows = database.execute("SELECT DISTINCT channel FROM event").fetchall()
    channels = [channel for (channel,) in rows]
    return [
        one
        for one, direct in zip(channels, are_named(channels, DIRECT_CHANNELS), strict=True)
        if direct
    ]


def _merge_visits(database: duckdb.DuckDBPyConnection) -> None:
    """Count the visits of each session after its first as merged into it."""
    database.execute(f"""
        UPDATE event_store SET reason = '{MERGED}'
        FROM ({VISITS}) WHERE event_store.rowid = visit AND visit <> kept""")


def _give_sources(database: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Give the rows of a list, SQL over ``session_touch``, the source of their session."""
    database.execute(f"""
        UPDATE event_store SET label = source.label
        FROM (SELECT source_row, unnest({rows}) AS given FROM session_touch)
            JOIN event_store AS source ON source.rowid = source_row
        WHERE event_store.rowid = given AND given <> source_row""")
