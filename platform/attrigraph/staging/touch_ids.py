"""Ids of touches: those of the files, and others made of the touch when somebody reads them.

Loads need them; models over files need those of touches at the same instant alone. Where a touch
keeps all that its row had, ``touch.id`` is NULL, and the view ``touch_id`` has it, once
``identities.name_ids`` has made the pseudonyms of joined ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.staging.event_ids import DIGEST, OWN_DIGITS

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from attrigraph.domain.columns import StringArray

VIEW: Final = f"""
CREATE VIEW touch_id AS
SELECT row, bucket, file, line,
    coalesce(id, owner || '-' || left({DIGEST}, {OWN_DIGITS})) AS id
FROM (
    SELECT touch.rowid AS row, touch.bucket, file, line, touch.id,
        CASE WHEN touch.origin IS NULL THEN customer.id ELSE recorded.hash END AS owner,
        time, nanosecond, position, false AS conversion,
        key_kind.name AS kind, key_channel.name AS channel, key_campaign.name AS campaign,
        key_creative.name AS creative, NULL AS audience,
        CASE WHEN NOT isnan(cost) THEN cost END AS cost, NULL AS value
    FROM touch
    JOIN customer ON customer.code = touch.customer AND customer.bucket = touch.bucket
    LEFT JOIN identity_id AS recorded ON recorded.code = touch.origin
    JOIN touch_name ON touch_name.code = touch.name
    JOIN key_kind ON key_kind.code = kind
    LEFT JOIN key_channel ON key_channel.code = channel
    LEFT JOIN key_campaign ON key_campaign.code = campaign
    LEFT JOIN key_creative ON key_creative.code = creative)
"""


def create_view(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``touch_id`` of the tables of ``order`` and ``touch_rows``."""
    database.execute(VIEW)


def ids_of_buckets(
    database: duckdb.DuckDBPyConnection, where: str, parameters: dict[str, int]
) -> StringArray:
    """The ids of the touches that fulfil a condition, given as SQL on ``bucket``, as stored."""
    sql = f"SELECT id FROM touch_id {where} ORDER BY row"
    return np.asarray(database.execute(sql, parameters).fetchnumpy()["id"])


def ids_of_rows(database: duckdb.DuckDBPyConnection, rows: NDArray[np.intp]) -> dict[int, str]:
    """The ids of single touches by their row in ``touch``, from 0."""
    database.register("registered_rows", {"row": rows})
    found: list[Any] = database.execute(
        "SELECT row, id FROM touch_id WHERE row IN (SELECT row FROM registered_rows)"
    ).fetchall()
    database.unregister("registered_rows")
    return dict(found)
