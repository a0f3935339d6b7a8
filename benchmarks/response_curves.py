"""Response curves of the causal model against known truths: half and twice the touches.

The truth of a channel at m times its touches is a simulation with m times its rate, the mean over
three seeds of 40,000 people, or as many as ``--people`` says. ``budget_truth`` compares plans.

    python benchmarks/response_curves.py [--seeds 1 2] [--customers N] [--people N] [--short]
                                         [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass, field, replace
from functools import cache
from time import process_time
from typing import TYPE_CHECKING, Final

import numpy as np
from _figures import Figure, at_least, report

from attrigraph.attribution.incremental.fitted import FittedIncremental, fit_population
from attrigraph.attribution.incremental.population import population_of
from attrigraph.worlds.catalogue import WORLDS
from attrigraph.worlds.effects import ConversionModel, adstocks, ever
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.population import populate
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec

    Floats = NDArray[np.float64]

NAMES: Final = ("any-day-unconfounded", "retailer")
POINTS: Final = (0.5, 2.0)
TRUE_SEEDS: Final = (5, 6, 7)


@dataclass
class Found:
    """What was measured.

    Attributes:
        errors: by multiple, distances of shapes to the truth.
        held: whether 90 % of the draws of a shape hold the truth.
        seconds: processor time of the curves of each fit.
    """

    errors: dict[float, list[float]] = field(default_factory=lambda: {m: [] for m in POINTS})
    held: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def fitted(name: str, seed: int, customers: int) -> FittedIncremental:
    """The model of a world."""
    world = simulate(name, seed, customers, measured_on=100)
    events = event_table_of(world)
    return fit_population(events, population_of(events, customer_attributes_of(world)))


@cache
def true_shape(name: str, channel: str, people: int) -> tuple[float, ...]:
    """What a channel of a world causes at the points, relative to its touches as they are."""
    gains = np.mean([true_gains(name, channel, people, seed) for seed in TRUE_SEEDS], axis=0)
    return tuple((gains[:-1] / gains[-1]).tolist())


def true_gains(name: str, channel: str, people: int, seed: int) -> Floats:
    """Conversions per person that a channel causes at the points and at 1, ``[points + 1]``."""
    without, *others = (
        conversion_rate(scaled(WORLDS[name](), channel, multiple), people, seed)
        for multiple in (1e-9, *POINTS)
    )
    return np.array([*others, present_rate(name, people, seed)]) - without


@cache
def present_rate(name: str, people: int, seed: int) -> float:
    """Conversions per person with all touches as they are."""
    return conversion_rate(WORLDS[name](), people, seed)


def scaled(spec: WorldSpec, channel: str, multiple: float) -> WorldSpec:
    """A world with a multiple of the touches of a channel."""
    channels = list(spec.channels)
    place = spec.names.index(channel)
    channels[place] = replace(channels[place], rate=multiple * channels[place].rate)
    return replace(spec, channels=tuple(channels))


def conversion_rate(spec: WorldSpec, people: int, seed: int) -> float:
    """Expected conversions per person."""
    drawn = populate(spec, people, np.random.default_rng(seed))
    model = ConversionModel(spec, adstocks(spec, drawn, np.random.default_rng(seed + 1)))
    return float(ever(model.probabilities(np.ones(len(spec.channels), bool))).mean())


def compare_shapes(name: str, seed: int, customers: int, people: int, found: Found) -> None:
    """Points of the curves of all channels."""
    run, start = fitted(name, seed, customers), process_time()
    curves = run.curves("channel")
    found.seconds.append(process_time() - start)
    one = int(np.searchsorted(curves.multiples, 1.0))
    for curve in curves.curves:
        if curve.key is None:
            continue
        shape, draws = curve.values / curve.values[one], curve.draws / curve.draws[:, one, None]
        for multiple, truth in zip(POINTS, true_shape(name, curve.key, people), strict=True):
            at = int(np.searchsorted(curves.multiples, multiple))
            found.errors[multiple].append(float(abs(shape[at] - truth)))
            low, high = np.percentile(draws[:, at], [5, 95])
            found.held.append(bool(low <= truth <= high))
            print(f"{name}, seed {seed}, {curve.key} at {multiple}: {shape[at]:.3f} "
                  f"({low:.3f} to {high:.3f}), truth {truth:.3f}", file=sys.stderr)  # fmt: skip


def figures_of(found: Found) -> Iterator[Figure]:
    """All figures."""
    for multiple in POINTS:
        name = f"shape at {multiple:g} times the touches: mean distance to the truth"
        yield Figure(name, statistics.mean(found.errors[multiple]), "")
    yield Figure(f"shapes: draws that hold the truth, of {len(found.held)}",
                 statistics.mean(found.held), "", goal=at_least(0.85))  # fmt: skip
    yield Figure("curves: processor time, largest", max(found.seconds), "s")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=40_000)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    seeds: Sequence[int] = arguments.seeds[:1] if arguments.short else arguments.seeds
    found = Found()
    for seed in seeds:
        for name in NAMES:
            compare_shapes(name, seed, arguments.customers, arguments.people, found)
    return report("Response curves", list(figures_of(found)), as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
