"""Credit of the model ``attention`` and of the default model against known truth.

For each world and seed both models are scored by channel: sum of |credit - truth| over the true
sum, Spearman's rank correlation, and how often the 90 % intervals hold the truth. The reference of
each figure is that of the model ``incremental`` on the same data. ``half-width`` is that of the
intervals divided by credit, averaged over channels. Times are those of the processor, one thread.

The method was chosen on worlds of other seeds (101 and up) than those it is reported on.

    python benchmarks/attention_credit.py [--seeds 1 2 3 4 5] [--customers N] [--worlds NAME ...]
                                          [--members N] [--json]
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from dataclasses import dataclass, field

import numpy as np
from _figures import Figure, Goal, at_least, at_most, measured, report

from attrigraph.attribution.attention.model import AttentionOptions, fit_attention
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.worlds.evaluation import Score, evaluate
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

GOALS: dict[str, tuple[float | None, float | None]] = {
    "unconfounded": (0.1, None),
    "confounded": (0.25, 0.8),
    "any-day-unconfounded": (None, None),
    "any-day-confounded": (None, None),
    "no-effect-unconfounded": (None, None),
}
"""Largest error and least rank correlation of the model, by world."""


@dataclass
class Board:
    """What was measured, by world."""

    attention: dict[str, list[Score]] = field(default_factory=dict)
    incremental: dict[str, list[Score]] = field(default_factory=dict)
    half_width: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)


def play(board: Board, name: str, seed: int, customers: int, options: AttentionOptions) -> None:
    world = simulate(name, seed, customers)
    events, table = event_table_of(world), customer_attributes_of(world)
    with measured() as cost:
        run = fit_attention(events, table, options)
        answer = run.answer()
    caused = fit_incremental(events, table, IncrementalOptions()).answer("channel")
    scores = evaluate(answer, world.truth), evaluate(caused, world.truth)
    board.attention.setdefault(name, []).append(scores[0])
    board.incremental.setdefault(name, []).append(scores[1])
    board.seconds.setdefault(name, []).append(cost.processor_seconds)
    widths = [
        (line.high - line.low) / 2 / abs(line.conversions)
        for line in answer.credits
        if line.low is not None and line.high is not None
    ]
    board.half_width.setdefault(name, []).append(statistics.mean(widths))
    lines = ", ".join(
        f"{line.key} {line.conversions:.0f} ({line.low:.0f} to {line.high:.0f})"
        for line in answer.credits
    )
    print(
        f"{name}, seed {seed}: error {scores[0].error:.3f} (incremental {scores[1].error:.3f}),"
        f" {cost.processor_seconds:.0f} s; {lines}; {'; '.join(answer.notes[1:3])}",
        file=sys.stderr,
    )


def figures_of(board: Board) -> list[Figure]:
    figures = []
    for world, scores in board.attention.items():
        compared = board.incremental[world]
        most, least = GOALS.get(world, (None, None))
        for what, unit, goal in (
            ("error", "of truth", _most(most)),
            ("rank", "Spearman", _least(least)),
            ("covered", "of credits", None),
            ("false_credit", "of conversions", None),
        ):
            values = [getattr(score, what) for score in scores]
            if any(math.isnan(value) for value in values):
                continue
            reference = statistics.mean(getattr(score, what) for score in compared)
            label = f"{world}: {what.replace('_', ' ')}"
            figures.append(Figure(label, statistics.mean(values), unit, reference, goal))
            if len(values) > 1 and what == "error":
                figures.append(Figure(f"{label}, worst seed", max(values), unit))
        width = float(np.mean(board.half_width[world]))
        figures.append(Figure(f"{world}: half-width", width, "of credit"))
        seconds = statistics.mean(board.seconds[world])
        figures.append(Figure(f"{world}: fit and credit", seconds, "s"))
    return figures


def _most(bound: float | None) -> Goal | None:
    return None if bound is None else at_most(bound)


def _least(bound: float | None) -> Goal | None:
    return None if bound is None else at_least(bound)


def main() -> int:
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--customers", type=int, default=60_000)
    parser.add_argument("--worlds", nargs="*", default=[*GOALS])
    parser.add_argument("--members", type=int, default=AttentionOptions().members)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    board = Board()
    for name in arguments.worlds:
        for seed in arguments.seeds:
            play(
                board, name, seed, arguments.customers, AttentionOptions(members=arguments.members)
            )
    return report(
        "The model attention against known truth", figures_of(board), as_json=arguments.json
    )


if __name__ == "__main__":
    sys.exit(main())
