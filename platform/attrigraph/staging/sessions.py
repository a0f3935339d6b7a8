"""Sessions: the visits of one session are one touch, which has the session's source.

An export of the web has a row for each page. Only the page on which somebody arrives names a
campaign or a referrer; the pages after it belong to the same visit. A session is what the file
names so, or else a chain of visits with gaps of at most half an hour, in which another campaign
starts a new session. Direct traffic is no other campaign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from attrigraph.domain.channel_names import DIRECT_CHANNELS

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
SELECT rowid AS row, customer, session, NOT conversion AS visit, place,
    time, nanosecond, position, id, file, line,
    NOT conversion AND coalesce(channel, campaign, creative) IS NOT NULL AS named,
    CASE WHEN named AND NOT coalesce(list_contains($direct, lower(channel)), false)
        THEN to_json([channel, campaign, creative])::VARCHAR END AS source,
    CASE WHEN session IS NULL AND time - lag(time) OVER seen > $gap THEN 1 ELSE 0 END AS late
FROM (
    SELECT * REPLACE ({BROWSER} AS customer), rowid, row_number() OVER ({ORDER}) AS place FROM event
    WHERE reason IS NULL AND list_contains($files, file) AND (conversion OR kind = '{VISIT}'))
WINDOW seen AS (PARTITION BY customer, session {ORDER})
"""
"""SQL of visits and conversions; conversions keep a session going and are no part of its touch."""

NUMBERED: Final = f"""
SELECT *, sum(CASE WHEN $split AND session IS NULL AND source <> source_before THEN 1 ELSE 0 END)
    OVER (PARTITION BY customer, session, chain {ORDER}) AS part
FROM (
    SELECT *, last_value(source IGNORE NULLS) OVER (PARTITION BY customer, session, chain {ORDER}
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS source_before
    FROM (
        SELECT *, sum(late) OVER (PARTITION BY customer, session {ORDER}) AS chain
        FROM ({SEEN})))
"""
"""SQL of the same with the number of the chain and of the part of it that has one source."""

SESSIONS: Final = f"""
CREATE OR REPLACE TEMP TABLE session_touch AS
SELECT arg_min(row, place) FILTER (visit) AS row,
    coalesce(arg_min(row, place) FILTER (source IS NOT NULL), arg_min(row, place) FILTER (named))
        AS source_row,
    list(row) FILTER (visit) AS rows, list(row) FILTER (visit AND source IS NULL) AS sourceless
FROM ({NUMBERED}) GROUP BY customer, session, chain, part HAVING bool_or(visit)
"""
"""SQL that makes the touch of each session: its first visit, and the one that names its source."""


def join_sessions(
    database: duckdb.DuckDBPyConnection,
    files: Sequence[int],
    *,
    gap_minutes: float,
    split: bool,
    touches: SessionTouches,
) -> None:
    """Give visits the source of their session, and make those of one session one touch.

    Args:
        database: where ``event`` is; rows that are merged get the reason ``merged``.
        files: numbers of the files whose visits are joined.
        gap_minutes: the longest time between two visits of one session, for files without ids of
            sessions.
        split: whether another source starts a new session, for the same files.
        touches: ``one`` makes the first visit of a session its touch and merges the others into
            it; ``all`` keeps every visit, with the source of the session where it names none.
    """
    if not files:
        return
    database.execute(
        SESSIONS,
        {
            "files": list(files),
            "direct": [name.lower() for name in DIRECT_CHANNELS],
            "gap": round(gap_minutes * MINUTE_MS),
            "split": split,
        },
    )
    _give_sources(database, "[row]" if touches == "one" else "sourceless")
    if touches == "one":
        _merge_visits(database)
    database.execute("DROP TABLE session_touch")


def _merge_visits(database: duckdb.DuckDBPyConnection) -> None:
    """Count the visits of each session after its first as merged into it."""
    database.execute(f"""
        UPDATE event_store SET reason = '{MERGED}'
        FROM (SELECT row AS kept, unnest(rows) AS merged FROM session_touch)
        WHERE event_store.rowid = merged AND merged <> kept""")


def _give_sources(database: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Give the rows of a list, SQL over ``session_touch``, the source of their session."""
    database.execute(f"""
        UPDATE event_store SET label = source.label
        FROM (SELECT source_row, unnest({rows}) AS given FROM session_touch)
            JOIN event_store AS source ON source.rowid = source_row
        WHERE event_store.rowid = given AND given <> source_row""")
