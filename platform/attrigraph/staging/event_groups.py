"""Taken events, counted by what many of them agree in: the few rows that most questions need.

``event_group`` has a row for each combination of names that occurs, with the number of its events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

CREATE: Final = """
CREATE TEMP TABLE event_group AS
SELECT file, conversion, also_touch, kind, channel, channel_key, campaign, creative, audience,
    placeholder, sum(rows)::BIGINT AS events
FROM (
    SELECT file, label, placeholder, count(*) AS rows FROM event_row
    WHERE reason IS NULL GROUP BY ALL)
JOIN event_label USING (label) GROUP BY ALL
"""

TOUCHES: Final = "(NOT conversion OR also_touch)"
"""SQL of whether events of a group are touches, or bring one."""


def count_groups(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``event_group``, once it is known which rows of ``event`` are taken."""
    database.execute(CREATE)
