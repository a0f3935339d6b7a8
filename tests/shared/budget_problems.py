"""Budget problems, small and random, and their best plan by trying all."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.problem import Problem, Synergies
from attrigraph.planning.request import PlannedCampaign, PlanRequest
from attrigraph.planning.responses import Exponential

if TYPE_CHECKING:
    from numpy.typing import NDArray


SEARCH: Final = PlannedCampaign("search", 100.0, 900.0, Exponential(2000, 500), old=400.0)
SOCIAL: Final = PlannedCampaign("social", 0.0, 900.0, Exponential(1000, 300), old=400.0)
REQUEST: Final = PlanRequest((SEARCH, SOCIAL), 1000.0, "EUR", date(2026, 12, 1), date(2026, 12, 31))
"""Two campaigns that share a budget."""


def random_problem(
    seed: int, *, n: int = 4, levels: int = 3, pairs: int = 4, triples: int = 0
) -> Problem:
    """A problem with exponential responses whose budget lies between minima and maxima."""
    rng = np.random.default_rng(seed)
    minimum = rng.uniform(0, 200, n)
    maximum = minimum + rng.uniform(500, 5000, n)
    spends = np.linspace(minimum, maximum, levels + 1, axis=1)
    limit, scale = rng.uniform(500, 8000, (n, 1)), rng.uniform(300, 4000, (n, 1))
    values = limit * (1 - np.exp(-spends / scale))
    members = [rng.choice(n, 2, replace=False).tolist() for _ in range(pairs)]
    members += [rng.choice(n, 3, replace=False).tolist() for _ in range(triples)]
    share = rng.uniform(0.05, 0.95)
    return Problem(
        ids=tuple(f"campaign {number}" for number in range(n)),
        minimum=minimum,
        maximum=maximum,
        at_minimum=values[:, 0],
        gains=np.diff(values, axis=1),
        budget=float(minimum.sum() + share * (maximum - minimum).sum()),
        synergies=Synergies.of(members, rng.uniform(0, 600, len(members)).tolist()),
    )


def best_by_trying(problem: Problem) -> float:
    """The best value over all plans of whole pieces and the mixtures of two that fit the budget.

    The value at a price is best at whole pieces, so the best plan is a mixture of two of them: the
    concave hull of (spend, value) over all plans of whole pieces, read at the budget.
    """
    grid = np.linspace(0, 1, problem.levels + 1)
    plans = np.array(list(product(grid, repeat=len(problem.ids))))
    spend = problem.minimum.sum() + plans @ problem.width
    value = np.array([problem.value_of(plan) for plan in plans])
    return _hull_at(spend, value, min(problem.budget, float(problem.maximum.sum())))


def _hull_at(spend: NDArray[np.float64], value: NDArray[np.float64], budget: float) -> float:
    left, right = spend <= budget, spend >= budget
    low, high = spend[left][:, None], spend[right][None, :]
    gap = high - low
    share = np.divide(budget - low, gap, out=np.zeros_like(gap), where=gap > 0)
    mixed = value[left][:, None] * (1 - share) + value[right][None, :] * share
    return float(max(mixed.max(), value[left].max()))
