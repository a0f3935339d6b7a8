"""Credit by segment of customers: ``ASSIGNED_IN`` from a run to channels, campaigns, creatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrigraph.attribution.credit.by_part import NO_PART
from attrigraph.graph.catalogue import query
from attrigraph.graph.daily_credit import batches_of_keys
from attrigraph.graph.scores import check_written, write_rows
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.credit.by_part import PartialCredit
    from attrigraph.domain import Level


def write_segment_credit(
    driver: Driver,
    run: str,
    level: Level,
    by_model: Mapping[str, PartialCredit],
    *,
    fact: str,
    segments: Sequence[str],
) -> None:
    """Write the credit of a run's models at one level by segment, in batches of whole keys.

    Args:
        driver: an open driver.
        run: id of the run.
        level: what is credited.
        by_model: credit by model; its parts are numbers of segments.
        fact: name of the attribute of customers that makes the segments.
        segments: their names.

    Raises:
        StoreError: the node of a key was deleted.
    """
    statement = query(f"scores/assign_segments_of_{level}s")
    with driver.session(database=DATABASE) as session:
        for model, credit in by_model.items():
            for low, high in batches_of_keys(credit.first):
                columns = _columns(credit, segments, low, high)
                columns |= {"run": run, "model": model, "fact": fact}
                written = session.execute_write(write_rows, statement, columns)
                check_written(written, len(columns["segment"]), f"segments of {level}s")


def _columns(credit: PartialCredit, segments: Sequence[str], low: int, high: int) -> dict[str, Any]:
    start, end = credit.first[low], credit.first[high]
    parts = credit.part[start:end].tolist()
    return {
        "key": list(credit.keys[low:high]),
        "first": (credit.first[low : high + 1] - start).tolist(),
        "segment": [None if part == NO_PART else segments[part] for part in parts],
        "credit": credit.credit[start:end],
        "value": credit.value[start:end],
    }
