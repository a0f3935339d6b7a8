"""Daily figures of creatives: how long loading, reading, training, scoring and writing take.

A home of its own is made, with a real Neo4j and a real Postgres, and filled with a simulated world
of 400 campaigns: 4,000 creatives over 60 days. A model is trained on them; single creatives are
forecast, first with nothing in memory; scores are written onto all. As many creatives as asked for
are scored in memory. Run it when nothing else runs: threads wait for each other on a busy machine.

    python benchmarks/fatigue_graph.py [--campaigns N] [--days N] [--scored N] [--json]
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
import torch
from _figures import Figure, Goal, report

from attrigraph import bootstrap
from attrigraph.fatigue.history import Genomes
from attrigraph.fatigue.learning import FatigueModel
from attrigraph.fatigue.money import click_values, fresh_rates, losses_of
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.graph.fatigue import read_daily_rows
from attrigraph.graph.fatigue_scores import CreativeScores
from attrigraph.services.embed import embed
from attrigraph.services.fatigue_history import read_fatigue_history
from attrigraph.services.fatigue_job import forecast_creatives
from attrigraph.services.fatigue_model import load_fatigue_model
from attrigraph.services.fatigue_prediction import FatiguePredictor
from attrigraph.services.fatigue_scores import write_fatigue_scores
from attrigraph.services.fatigue_training import train_fatigue_model
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.similar_creatives import link_similar_creatives
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.fatigue.catalogue import SPILL
from attrigraph.worlds.fatigue.files import write_fatigue_world
from attrigraph.worlds.fatigue.history import history_of
from attrigraph.worlds.fatigue.simulation import simulate_fatigue
from gnn.fatigue.graphs import graph_of
from gnn.fatigue.prediction import threads_for
from gnn.fatigue.sampler import neighbourhood
from graph import home, log_progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.trained import TrainedFatigue
    from attrigraph.stores import Stores
    from attrigraph.worlds.fatigue.spec import FatigueSpec
    from gnn.fatigue.graphs import UnitColumns

TABLES: Final = ("campaigns", "creatives", "audiences", "creative-days")
ASKED: Final = 60
"""Creatives of which each is forecast alone."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=400)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--scored", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with home() as settings, bootstrap.open_stores(settings) as stores:
        world = replace(SPILL, campaigns=arguments.campaigns, days=arguments.days)
        loaded = loading(stores, settings.home / "world", world)
        figures = [loaded, *reading(stores), *forecasting(stores)]
        _, trained = load_fatigue_model(stores)
        figures.append(writing(stores, arguments.scored))
    # what is computed in memory needs no stores, whose work afterwards would be measured with it
    figures += scoring(trained, arguments.scored)
    return report("daily figures of creatives", figures, as_json=arguments.json)


def loading(stores: Stores, folder: Path, world: FatigueSpec) -> Figure:
    """Load a world, embed its elements and link its creatives."""
    write_fatigue_world(simulate_fatigue(world, 1), folder)
    log_progress("loading")
    files = [folder / f"{name}.csv" for name in TABLES]
    options = LoadOptions(staging=StagingOptions(keep_ids=True), mode="online")
    seconds = timed(lambda: load(files, preset(*TABLES), options, stores))
    log_progress("embedding and linking")
    embed(stores, ["element"])
    link_similar_creatives(stores)
    return Figure("load creative-days", seconds, "s")


def reading(stores: Stores) -> list[Figure]:
    """All figures, from the graph and as arrays."""
    log_progress("reading")
    rows = int(read_fatigue_history(stores).history.observed.sum())
    return [
        Figure("creative-days", rows, "rows"),
        Figure("read all from the graph", median(lambda: read_daily_rows(stores.driver), 5), "s"),
        Figure("read all as arrays", median(lambda: read_fatigue_history(stores), 5), "s"),
    ]


def forecasting(stores: Stores) -> list[Figure]:
    """Training, single creatives, and all of them."""
    log_progress("training")
    training = timed(lambda: train_fatigue_model(stores))
    predictor = FatiguePredictor(stores)
    scores = forecast_creatives(stores)
    live = [one.creative for one in scores.creatives]
    ids = np.random.default_rng(0).choice(live, ASKED).tolist()
    first = timed(lambda: predictor.predict(ids[0]))
    alone = [timed(partial(predictor.predict, id_)) for id_ in ids]
    bare = median(lambda: stores.driver.execute_query("RETURN 1", database_=DATABASE), ASKED)
    return [
        Figure("train", training, "s", goal=Goal("<=", 60.0)),
        Figure("first forecast of a creative", first, "s"),
        Figure(
            "forecast of a creative, median; reference: an empty query",
            1000 * statistics.median(alone),
            "ms",
            reference=1000 * bare,
            goal=Goal("<=", 20.0),
        ),
        Figure("forecast of all", timed(lambda: forecast_creatives(stores)), "s"),
    ]


def scoring(trained: TrainedFatigue, creatives: int) -> list[Figure]:
    """Forecasts of so many creatives from figures in memory, and a forward pass of one of them."""
    log_progress("scoring")
    world = simulate_fatigue(replace(SPILL, campaigns=creatives // SPILL.creatives, days=60), 2)
    history = with_kinds(history_of(world), trained)
    start = perf_counter()
    panel = panel_of(history)
    snapshot = snapshot_of(panel)
    forecasts = trained.forecast(panel, snapshot)
    units = forecasts.snapshot.units
    fresh = fresh_rates(panel, units, forecasts.calibration)
    losses_of(panel, forecasts, fresh, click_values(panel, units, fresh))
    seconds = perf_counter() - start
    figures = [
        Figure(f"score {len(units):,} creatives", seconds, "s", goal=Goal("<=", 20.0)),
    ]
    if isinstance(trained.model, FatigueModel):
        columns = trained.model.columns(panel, snapshot)
        chosen = np.random.default_rng(0).choice(len(units), ASKED, replace=False)
        passes = [forward_pass(trained.model, columns, unit) for unit in chosen.tolist()]
        one = 1000 * statistics.median(passes)
        figures += [
            Figure("one forward pass, median", one, "ms", goal=Goal("<=", 3.0)),
            Figure("one forward pass, slowest creative", 1000 * max(passes), "ms"),
        ]
    return figures


def forward_pass(model: FatigueModel, columns: UnitColumns, unit: int) -> float:
    """Seconds of a forward pass over what is around one creative."""
    around, _ = neighbourhood(columns, np.array([unit]))
    graph = graph_of(around)
    with torch.inference_mode(), threads_for(len(around)):
        return median(lambda: model.network(graph, 1), 10)


def with_kinds(history: FatigueHistory, trained: TrainedFatigue) -> FatigueHistory:
    """A history with all kinds of elements that a model knows; it has none of the further ones."""
    if not isinstance(trained.model, FatigueModel):
        return history
    own, kinds = history.genomes, trained.model.kinds
    vectors = np.zeros((len(own.vectors), len(kinds), own.vectors.shape[2]), np.float32)
    vectors[:, [kinds.index(kind) for kind in own.kinds]] = own.vectors
    return replace(history, genomes=Genomes(kinds, vectors))


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
