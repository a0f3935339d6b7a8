"""Adapters: the time of one prediction with its feedback, and errors under drift.

Times are of scores, guard and one step, without the store; the quickest of many rounds counts. The
reference is the bare NumPy products and sums of the same step. Errors are mean squared ones, each
case predicted first and learnt then, as the reference those of the frozen model.

    python benchmarks/adaptation.py [--seeds N ...] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _figures import Figure, at_most, report

from attrigraph.adaptation.bias import BiasAdapter
from attrigraph.adaptation.elastic import ElasticLowRank
from attrigraph.adaptation.full_head import FullHead
from attrigraph.adaptation.guard import Guard
from attrigraph.adaptation.losses import SquaredLoss
from attrigraph.adaptation.low_rank import LowRank

# the streams of the tests
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from drifting_streams import (
    DRIFTS,
    N_FEATURES,
    N_OUTPUTS,
    drifting_stream,
    guarded_ratio,
    prequential_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.adaptation.adapter import Adapter, Floats

ROUNDS = 1000
STEPS = 10
GOAL_US = at_most(60.0)
RANKS = (1, 2, 8)
LIMITS = {
    # full head, low ranks
    "none": (1.06, 1.06),
    "slow rank 1": (0.2, 0.2),
    "jump rank 1": (0.2, 0.2),
    "jump full rank": (0.5, 1.0),
}


def quickest_us(step: Callable[[], object]) -> float:
    """Microseconds of a step, in the quickest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(STEPS):
            step()
        times.append(time.perf_counter() - start)
    return 1e6 * min(times) / STEPS


def guarded_step(adapter: Adapter, guard: Guard, x: Floats, observed: Floats) -> None:
    """Predict, and learn from the feedback, which computes the correction of its own time."""
    frozen = np.zeros(N_OUTPUTS)
    guard.serve(frozen, adapter.correction(x))
    correction = adapter.correction(x)
    guard.learn(frozen, correction, observed)
    adapter.learn(x, correction - observed)


def bare_bias(bias: Floats, observed: Floats) -> None:
    bias -= 0.05 * (bias - observed)


def bare_full(weights: Floats, x: Floats, observed: Floats) -> None:
    error = weights @ x - observed
    weights -= np.multiply.outer(1e-4 * error, x)


def bare_low_rank(a: Floats, b: Floats, x: Floats, observed: Floats) -> None:
    inner = a @ x
    error = b @ inner - observed
    step = np.multiply.outer(1e-4 * (error @ b), x)
    b -= np.multiply.outer(1e-4 * error, inner)
    a -= step


def time_figures() -> Iterator[Figure]:
    rng = np.random.default_rng(0)
    x, observed = rng.normal(size=N_FEATURES), rng.normal(size=N_OUTPUTS)
    low = {rank: LowRank(N_OUTPUTS, N_FEATURES, rank=rank) for rank in RANKS}
    full, elastic = FullHead(N_OUTPUTS, N_FEATURES), ElasticLowRank(N_OUTPUTS, N_FEATURES)
    bare_rank = {
        rank: partial(bare_low_rank, each.a.copy(), each.b.copy(), x, observed)
        for rank, each in low.items()
    }
    rows: list[tuple[str, Adapter, Callable[[], None]]] = [
        ("bias", BiasAdapter(N_OUTPUTS), partial(bare_bias, np.zeros(N_OUTPUTS), observed)),
        ("full head", full, partial(bare_full, full.weights.copy(), x, observed)),
        *((f"rank {rank}", low[rank], bare_rank[rank]) for rank in RANKS),
        ("rank 8 elastic", elastic, bare_rank[8]),
    ]
    for name, adapter, bare in rows:
        step = partial(guarded_step, adapter, Guard(SquaredLoss()), x, observed)
        # the elastic one learns in the background
        goal = None if adapter is elastic else GOAL_US
        yield Figure(f"{name}: step with guard", quickest_us(step), "us", quickest_us(bare), goal)


def drift_figures(seeds: list[int]) -> Iterator[Figure]:
    for drift in DRIFTS:
        streams = {seed: drifting_stream(drift, seed=seed) for seed in seeds}
        frozen = statistics.mean(stream.frozen_error for stream in streams.values())
        yield Figure(f"{drift}: frozen", frozen, "MSE")
        makers: dict[str, Callable[[int], Adapter]] = {
            "bias": lambda _: BiasAdapter(N_OUTPUTS),
            "full head": lambda _: FullHead(N_OUTPUTS, N_FEATURES),
        }
        for rank in RANKS:
            makers[f"rank {rank}"] = partial(low_rank, rank)
        for name, make in makers.items():
            errors = [prequential_error(stream, make(seed)) for seed, stream in streams.items()]
            yield Figure(f"{drift}: {name}", statistics.mean(errors), "MSE", frozen)
            ratios = [guarded_ratio(stream, make(seed)) for seed, stream in streams.items()]
            limits = LIMITS[drift]
            limit = None if name == "bias" else limits[0] if name == "full head" else limits[1]
            goal = None if limit is None else at_most(limit)
            yield Figure(
                f"{drift}: {name}, guarded, worst seed", max(ratios), "x frozen", goal=goal
            )


def low_rank(rank: int, seed: int) -> Adapter:
    return LowRank(N_OUTPUTS, N_FEATURES, rank=rank, seed=seed)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = [*time_figures(), *drift_figures(arguments.seeds)]
    return report("Adaptation", figures, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
