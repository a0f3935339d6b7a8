"""Creatives with their hooks and audiences, and ``SIMILAR_TO`` between those that are similar.

A pair has one relationship, from the smaller id to the larger one, with the run that wrote it.
Readers see those of ``Active.run``, which changes when all of a run are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.graph.names import pages_of, record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Driver

JOB: Final = "similar-creatives"
"""The name of the job in the graph and the job history."""

AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class HookedCreative:
    """A creative of the graph.

    Attributes:
        id: its key.
        hooks: ids of its elements of the kind ``hook``, sorted.
        audiences: ids of those that its campaign targets and of those that saw it, in any order.
    """

    id: str
    hooks: tuple[str, ...]
    audiences: frozenset[str]


@dataclass(frozen=True, slots=True)
class CreativeLinks:
    """Pairs of similar creatives, sorted.

    Attributes:
        first: the smaller id of each pair, ``[n]``.
        second: the larger one, ``[n]``.
        score: cosine of their hooks, ``[n]``.
    """

    first: list[str]
    second: list[str]
    score: list[float]

    def __len__(self) -> int:
        return len(self.score)


def read_hooks(driver: Driver, *, at_once: int = AT_ONCE) -> Iterator[list[HookedCreative]]:
    """All creatives by id, some at a time."""
    for record in pages_of(driver, "similarity/read_hooks", at_once):
        rows = zip(record["id"], record["hooks"], record["audiences"], strict=True)
        yield [
            HookedCreative(id_, tuple(hooks), frozenset(audiences))
            for id_, hooks, audiences in rows
        ]


def write_links(driver: Driver, run: str, links: CreativeLinks) -> None:
    """Write the pairs of a run, in batches; those that are there stay.

    Raises:
        StoreError: a creative was deleted.
    """
    for start in range(0, len(links), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        scores = links.score[part]
        parameters = {
            "run": run,
            "first": links.first[part],
            "second": links.second[part],
            "score": scores,
        }
        records, _, _ = driver.execute_query(
            query("similarity/write_links").text, parameters, database_=DATABASE
        )
        [record] = records
        if record["written"] != len(scores):
            raise StoreError(
                f"creatives of {len(scores) - record['written']} similar pairs were deleted from "
                "the graph after they were read; try again when nothing else changes the graph"
            )


def read_links(driver: Driver) -> CreativeLinks:
    """The pairs of the current run; none before the first."""
    return CreativeLinks(**record_of(driver, "similarity/read_links"))


def count_links(driver: Driver, run: str) -> int:
    """How many pairs a run has."""
    return int(record_of(driver, "similarity/count_links", {"run": run})["links"])
