"""Local times of a zone: what they are in UTC, and which of them are none or two.

When clocks go forward some local times never occur, when they go back some occur twice. The
table ``local_segment`` cuts the line of local times where that begins and ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

HOUR = 3600

# Epoch seconds of each hour of the years, and how many seconds local clocks are ahead of UTC.
OFFSETS = """
SELECT second, (epoch(timezone($zone, to_timestamp(second))) - second)::BIGINT AS ahead
FROM range(
    epoch(make_timestamp($first::BIGINT, 1, 1, 0, 0, 0.0))::BIGINT - 86400 * 2,
    epoch(make_timestamp($last::BIGINT + 1, 1, 1, 0, 0, 0.0))::BIGINT + 86400 * 2,
    3600) AS hours(second)
"""
CHANGES = f"""
SELECT second, before, ahead
FROM (SELECT second, ahead, lag(ahead) OVER (ORDER BY second) AS before FROM ({OFFSETS}))
WHERE before IS DISTINCT FROM ahead ORDER BY second
"""
EXACT = """
SELECT min(second) FROM range($hour - 3600, $hour + 1) AS seconds(second)
WHERE epoch(timezone($zone, to_timestamp(second))) - second = $ahead
"""


class LocalTimes:
    """Keeps ``local_segment`` (start, ahead, status) for the years that occur.

    ``start`` is a local TIMESTAMP from which on local clocks are ``ahead`` seconds of UTC;
    ``status`` names the reason why local times there cannot be placed, or is NULL.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, zone: str) -> None:
        self._database = database
        self._zone = zone
        self._years: set[int] = set()

    def cover(self, local: str, relation: str) -> None:
        """Make the table reach over all local times, given as SQL, of a relation."""
        rows = self._database.execute(
            f"SELECT DISTINCT year({local}) FROM {relation} WHERE {local} IS NOT NULL"
        ).fetchall()
        years = {int(row[0]) for row in rows}
        if years <= self._years and self._years:
            return
        self._years |= years or {1970}
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE local_segment "
            "(start TIMESTAMP, ahead BIGINT, status VARCHAR)"
        )
        rows = [segment for first, last in self._runs() for segment in self._segments(first, last)]
        self._database.executemany(
            "INSERT INTO local_segment VALUES (make_timestamp($1::BIGINT * 1000000), $2, $3)", rows
        )

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Runs of years without a gap, first and last of each."""
        years = sorted(self._years)
        first = years[0]
        for year, following in zip(years, [*years[1:], None], strict=True):
            if following != year + 1:
                yield first, year
                first = following or first

    def _segments(self, first: int, last: int) -> Iterator[tuple[int, int, str | None]]:
        """Local second from which on, seconds ahead, status; by rising start."""
        years = {"zone": self._zone, "first": first, "last": last}
        for hour, before, ahead in self._database.execute(CHANGES, years).fetchall():
            if before is None:
                yield hour + ahead, ahead, None
                continue
            change = {"zone": self._zone, "hour": hour, "ahead": ahead}
            second = self._database.execute(EXACT, change).fetchall()[0][0]
            # Clocks go from second + before to second + ahead at that instant.
            status = "gap-time" if ahead > before else "fold-time"
            yield second + min(before, ahead), before, status
            yield second + max(before, ahead), ahead, None
