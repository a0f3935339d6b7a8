"""Budget plans: exact solvers beside the bare call of HiGHS, cold and after one change.

Campaigns have exponential responses on 20 pieces and four synergies each, on one thread. The bare
call is ``run`` of HiGHS on a model that is already in memory. From 1,000 campaigns on plans come
from minimum cuts, and the linear program is measured for the change of one campaign.

    python benchmarks/planning.py [--campaigns N ...] [--json]
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from _figures import Figure, at_most, report

from attrigraph.planning.fill import fill
from attrigraph.planning.linear_program import LinearProgram, highs_model
from attrigraph.planning.problem import NO_SYNERGIES, Problem, Synergies
from attrigraph.planning.program_matrix import program_of
from attrigraph.planning.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEVELS = 20
SYNERGIES = 4
ROUNDS = 3
COLD_MS = {50: 10.0, 500: 100.0, 5000: 3000.0}
WARM_MS = {50: 1.0, 500: 5.0, 5000: 60.0}
SEPARABLE = (500, 5_000, 50_000)


def problem_of(n: int, seed: int = 1) -> Problem:
    """N campaigns with 4 n synergies and 40 % of what they could spend."""
    rng = np.random.default_rng([seed, n])
    minimum = rng.uniform(0, 200, n)
    maximum = minimum + rng.uniform(500, 5000, n)
    spends = np.linspace(minimum, maximum, LEVELS + 1, axis=1)
    limit, scale = rng.uniform(500, 8000, (n, 1)), rng.uniform(300, 4000, (n, 1))
    values = limit * (1 - np.exp(-spends / scale))
    members = rng.integers(0, n, (SYNERGIES * n, 2))
    members[:, 1] = np.where(members[:, 0] == members[:, 1], (members[:, 1] + 1) % n, members[:, 1])
    return Problem(
        ids=tuple(map(str, range(n))),
        minimum=minimum,
        maximum=maximum,
        at_minimum=values[:, 0],
        gains=np.diff(values, axis=1),
        budget=float(minimum.sum() + 0.4 * (maximum - minimum).sum()),
        synergies=Synergies(members, rng.uniform(0, 300, len(members))),
    )


def quickest_ms(call: Callable[[], object]) -> float:
    """Milliseconds of the quickest of some calls."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def bare_ms(problem: Problem) -> float:
    """Milliseconds of HiGHS alone."""
    program = program_of(problem)
    times = []
    for _ in range(ROUNDS):
        highs = highs_model(program)
        start = time.perf_counter()
        highs.run()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def warm_ms(problem: Problem) -> tuple[float, float]:
    """Milliseconds of the first solution of a linear program, and of that after one change."""
    program = LinearProgram(problem)
    start = time.perf_counter()
    program.solve()
    first = time.perf_counter() - start
    times = []
    for campaign in range(ROUNDS):
        program.change_gains(campaign, 1.1 * problem.gains[campaign])
        start = time.perf_counter()
        program.solve()
        times.append(time.perf_counter() - start)
    return 1e3 * first, 1e3 * min(times)


def figures(sizes: list[int]) -> Iterator[Figure]:
    """All figures."""
    for n in sizes:
        problem = problem_of(n)
        bare, cold = bare_ms(problem), quickest_ms(partial(solve, problem))
        name = f"{n:,} campaigns, {SYNERGIES * n:,} synergies"
        yield Figure(f"{name}: plan", cold, "ms", bare, at_most(1.5, of_reference=True))
        if n in COLD_MS:
            yield Figure(f"{name}: plan, time", cold, "ms", goal=at_most(COLD_MS[n]))
        first, warm = warm_ms(problem)
        yield Figure(
            f"{name}: after a change of one campaign",
            warm,
            "ms",
            first,
            at_most(WARM_MS[n]) if n in WARM_MS else None,
        )
    for n in SEPARABLE:
        alone = replace(problem_of(n), synergies=NO_SYNERGIES)
        took = quickest_ms(partial(fill, alone))
        yield Figure(f"{n:,} campaigns without synergies", took, "ms", goal=at_most(1000.0))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, nargs="+", default=[50, 500, 5000])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    return report("Budget plans", list(figures(arguments.campaigns)), as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
