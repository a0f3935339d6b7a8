"""Whether anything was written that answers held in memory follow from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from attrigraph.store.engine import sql_errors

if TYPE_CHECKING:
    from sqlalchemy import Engine

STATE: Final = text("""
SELECT runs.*, models.*, promotions.*, adapters.*, collections.*
FROM
  (SELECT count(*), sum(extract(epoch FROM started)), sum(extract(epoch FROM finished))
   FROM job_run) AS runs,
  (SELECT count(*), max(created) FROM model_artifact) AS models,
  (SELECT count(*), count(withdrawn) FROM model_promotion) AS promotions,
  (SELECT count(*), sum(version) FROM adapter) AS adapters,
  (SELECT count(*), sum(version) FROM collection) AS collections
""")
"""Sums in place of the newest time, which stays the same where a clock is set back."""


def state_of_stores(engine: Engine) -> tuple[object, ...]:
    """What differs after each run of a job, training, promotion, feedback and write of vectors.

    Every job records in Postgres that it begins and ends. Graph changes made otherwise, by hand in
    Cypher, are not seen before the next run of a job.

    Args:
        engine: of Postgres.

    Raises:
        StoreError: Postgres cannot be read.
    """
    with sql_errors(engine.url), engine.connect() as connection:
        return tuple(connection.execute(STATE).one())
