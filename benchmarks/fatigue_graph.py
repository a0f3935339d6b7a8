"""Daily figures of creatives: how long loading, reading and writing their scores take.

A home of its own is made, with a real Neo4j and a real Postgres, and filled with a simulated world
of 400 campaigns: 4,000 creatives over 60 days. All their figures are read, and those that the decay
of one creative depends on; scores are written onto all of them. Run it when nothing else runs.

    python benchmarks/fatigue_graph.py [--campaigns N] [--scored N] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np
from _figures import Figure, Goal, report

from attrigraph import bootstrap
from attrigraph.graph.fatigue import read_daily_rows, read_neighbourhood
from attrigraph.graph.fatigue_scores import CreativeScores
from attrigraph.services.element_vectors import ElementVectors
from attrigraph.services.embed import embed
from attrigraph.services.fatigue_history import read_creative_history, read_fatigue_history
from attrigraph.services.fatigue_scores import write_fatigue_scores
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.similar_creatives import link_similar_creatives
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.fatigue.catalogue import SPILL
from attrigraph.worlds.fatigue.files import write_fatigue_world
from attrigraph.worlds.fatigue.simulation import simulate_fatigue
from graph import home, log_progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attrigraph.stores import Stores

TABLES: Final = ("campaigns", "creatives", "audiences", "creative-days")
ASKED: Final = 60
"""Creatives of which each is read alone."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=400)
    parser.add_argument("--scored", type=int, default=4_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with home() as settings, bootstrap.open_stores(settings) as stores:
        loaded = loading(stores, settings.home / "world", arguments.campaigns)
        figures = [loaded, *reading(stores), writing(stores, arguments.scored)]
    return report("daily figures of creatives", figures, as_json=arguments.json)


def loading(stores: Stores, folder: Path, campaigns: int) -> Figure:
    """Load a world, embed its elements and link its creatives."""
    write_fatigue_world(simulate_fatigue(replace(SPILL, campaigns=campaigns, days=60), 1), folder)
    log_progress("loading")
    files = [folder / f"{name}.csv" for name in TABLES]
    options = LoadOptions(staging=StagingOptions(keep_ids=True), mode="online")
    seconds = timed(lambda: load(files, preset(*TABLES), options, stores))
    log_progress("embedding and linking")
    embed(stores, ["element"])
    link_similar_creatives(stores)
    return Figure("load creative-days", seconds, "s")


def reading(stores: Stores) -> list[Figure]:
    """All figures, and those of single creatives."""
    log_progress("reading")
    found = read_fatigue_history(stores).history
    rows = int(found.observed.sum())
    ids = np.random.default_rng(0).choice(found.creatives, ASKED).tolist()
    whole = [
        median(lambda: read_daily_rows(stores.driver), 5),
        median(lambda: read_fatigue_history(stores), 5),
    ]
    with ElementVectors(stores.engine) as vectors:

        def one(creative: str) -> None:
            read_creative_history(stores.driver, vectors, creative)

        for creative in ids:  # the server compiles what is often executed
            one(creative)
        alone = [timed(partial(one, id_)) for id_ in ids]
    graph = [timed(partial(read_neighbourhood, stores.driver, id_)) for id_ in ids]
    bare = median(lambda: stores.driver.execute_query("RETURN 1", database_=DATABASE), ASKED)
    return [
        Figure("creative-days", rows, "rows"),
        Figure("read all from the graph", whole[0], "s"),
        Figure("read all as arrays", whole[1], "s"),
        Figure("read one creative from the graph, median", 1000 * statistics.median(graph), "ms"),
        Figure(
            "read one creative as arrays, median; reference: an empty query",
            1000 * statistics.median(alone),
            "ms",
            reference=1000 * bare,
            goal=Goal("<=", 20.0),
        ),
    ]


def writing(stores: Stores, n: int) -> Figure:
    """Scores of so many creatives, in one transaction."""
    log_progress("writing scores")
    ids = [f"scored-{number:06d}" for number in range(n)]
    for start in range(0, n, 5_000):
        stores.driver.execute_query(
            "UNWIND $ids AS id CREATE (:Creative {id: id})",
            {"ids": ids[start : start + 5_000]},
            database_=DATABASE,
        )
    numbers = np.random.default_rng(0).random(n)
    scores = CreativeScores(
        as_of=date(2026, 6, 1),
        currency="EUR",
        creatives=ids,
        score=numbers,
        days_remaining=30 * numbers,
        days_low=20 * numbers,
        days_high=30 * numbers,
        capped=numbers > 0.9,
        decay_curve=np.sort(np.random.default_rng(1).random((n, 10)))[:, ::-1],
        confidence=numbers,
        p_tired_7d=numbers.tolist(),
        loss_per_day=numbers.tolist(),
        loss_per_week=(7 * numbers).tolist(),
        loss_low=numbers.tolist(),
        loss_high=(9 * numbers).tolist(),
        loss_by_siblings=numbers.tolist(),
        loss_basis=["cost"] * n,
        element=["hook"] * n,
        method=["network"] * n,
        reasons=[()] * n,
    )
    seconds = timed(lambda: write_fatigue_scores(stores, scores, parameters={}, summary={}))
    return Figure(f"write scores of {n:,} creatives", seconds, "s")


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def median(work: Callable[[], object], times: int) -> float:
    """Median seconds of several times."""
    return statistics.median(timed(work) for _ in range(times))


if __name__ == "__main__":
    sys.exit(main())
