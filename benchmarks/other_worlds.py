"""Incremental credit in worlds of other shapes than those it is accepted on.

Two to fourteen channels, many touches or few, conversions common or rare, windows of 14 to 90
days, random effects, half-lives and saturations, little or much known of customers.
The parameters of a world stay the same; seeds change its customers.

    python benchmarks/other_worlds.py [--seeds 201 202] [--worlds NAME ...] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from _figures import Figure, report

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.worlds.catalogue import world_named
from attrigraph.worlds.evaluation import Score, evaluate
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOMERS = 60_000
SATURATIONS = {"late": (0.5,), "soon": (4.0,), "of all kinds": (0.5, 3.0, 1.0, 4.0, 0.7, 2.0)}


def random_channels(
    seed: int, channels: int, rate: float, intent: float, *, triggers: bool = False
) -> tuple[ChannelSpec, ...]:
    """Random channels; with ``triggers`` the first two cause touches of the last."""
    rng = np.random.default_rng(seed)
    last = f"channel {channels - 1}"
    return tuple(
        ChannelSpec(
            f"channel {number}",
            rate * rng.uniform(0.3, 1.0),
            intent=intent * rng.uniform(0.0, 1.0),
            effect=rng.uniform(0.2, 1.3),
            half_life=float(np.exp(rng.uniform(np.log(2), np.log(25)))),
            saturation=float(np.exp(rng.normal(np.log(1.5), 0.5))),
            spread=float(rng.choice([0.0, 0.5])),
            triggers={last: 0.3} if triggers and number < 2 else {},
        )
        for number in range(channels)
    )


def pair(
    first: float, second: float, base: float, when: Literal["end", "daily"] = "end"
) -> WorldSpec:
    """Two channels that follow intent to these degrees."""
    channels = (
        ChannelSpec("prospecting", 1.2, intent=first, effect=0.8, half_life=8),
        ChannelSpec("search", 0.7, intent=second, effect=0.6, half_life=4),
    )
    return WorldSpec("pair", channels, base, 0.9, when=when)


def worlds() -> Iterator[tuple[str, WorldSpec, int]]:
    """Name, world and customers."""
    for name in ("confounded", "unconfounded", "any-day-confounded", "any-day-unconfounded"):
        for when, saturations in SATURATIONS.items():
            world = world_named(name)
            channels = tuple(
                replace(channel, saturation=saturations[number % len(saturations)])
                for number, channel in enumerate(world.channels)
            )
            yield f"{name}, saturating {when}", replace(world, channels=channels), CUSTOMERS
    yield "two channels, alike", pair(0.5, 0.5, -3.0), CUSTOMERS
    yield "two channels, search follows intent", pair(0.1, 0.9, -3.0), CUSTOMERS
    yield "two channels, any day", pair(0.2, 0.9, -7.5, "daily"), CUSTOMERS
    many = random_channels(2, 4, 6.0, 0.5)
    yield "four channels, many touches", WorldSpec("many", many, -4.0, 0.8), CUSTOMERS
    rare = random_channels(3, 8, 0.8, 0.8, triggers=True)
    yield "eight channels, few convert", WorldSpec("rare", rare, -5.5), CUSTOMERS
    blind = random_channels(5, 5, 2.0, 0.0)
    quarter = WorldSpec("quarter", blind, -7.5, 0.8, when="daily", days=90)
    yield "five channels, 90 days, unconfounded", quarter, CUSTOMERS
    keen = random_channels(6, 6, 1.5, 0.9, triggers=True)
    yield "six channels, any day", WorldSpec("keen", keen, -7.0, when="daily"), CUSTOMERS
    vague = random_channels(7, 6, 0.6, 0.8, triggers=True)
    yield "six channels, little known", WorldSpec("vague", vague, -3.0, 0.9, 1.5), CUSTOMERS
    short = random_channels(10, 6, 0.6, 0.7, triggers=True)
    yield "six channels, 14 days", WorldSpec("short", short, -2.5, 0.8, days=14), CUSTOMERS
    yield "six channels, 10,000 customers", WorldSpec("few", short, -2.5, 0.8), 10_000
    wide = random_channels(8, 14, 0.5, 0.6)
    yield "fourteen channels", WorldSpec("wide", wide, -3.5, 0.8), CUSTOMERS


def score(world: WorldSpec, seed: int, customers: int) -> Score:
    data = simulate(world, seed, customers)
    run = fit_incremental(event_table_of(data), customer_attributes_of(data), IncrementalOptions())
    return evaluate(run.answer("channel"), data.truth)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[201, 202])
    parser.add_argument("--worlds", nargs="*", metavar="NAME", help="all where none are named")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = []
    for name, world, customers in worlds():
        if arguments.worlds and name not in arguments.worlds:
            continue
        scores = [score(world, seed, customers) for seed in arguments.seeds]
        for what, unit in (("error", "of truth"), ("rank", "Spearman"), ("covered", "of credits")):
            values = [getattr(s, what) for s in scores]
            figures.append(Figure(f"{name}: {what}", statistics.mean(values), unit))
        print(f"{name}: error {figures[-3].figure:.3f}", file=sys.stderr)
    return report("Incremental credit in worlds of other shapes", figures, as_json=arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
