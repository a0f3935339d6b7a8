"""Two tasks, one after the other, on nearly separate features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from attrigraph.adaptation.adapter import Adapter, Floats
    from attrigraph.adaptation.elastic import ElasticLowRank

N_OUTPUTS: Final = 13
N_FEATURES: Final = 256
VARIANCE: Final = 15.0
"""Mean squared error of a task that was not learnt."""


@dataclass(frozen=True)
class Task:
    """Cases have features x = roots @ normal, and outputs change @ x with noise."""

    roots: Floats
    change: Floats

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Features ``[n, n_features]``."""
        return rng.normal(size=(n, N_FEATURES)) @ self.roots.T

    def error(self, adapter: Adapter, rng: np.random.Generator) -> float:
        """Mean squared error of an adapter, without noise."""
        errors = [adapter.correction(x) - self.change @ x for x in self.draw(300, rng)]
        return float(np.mean(np.square(errors)))


def two_tasks(rng: np.random.Generator) -> tuple[Task, Task]:
    """Changes of rank 2, each in 12 directions of its own and a little of all others."""
    axes = np.linalg.qr(rng.normal(size=(N_FEATURES, N_FEATURES)))[0]
    tasks = []
    for number in range(2):
        sizes = np.full(N_FEATURES, 0.02)
        sizes[12 * number : 12 * (number + 1)] = 1
        roots = axes * (sizes * np.sqrt(N_FEATURES / (sizes**2).sum()))
        change = rng.normal(size=(N_OUTPUTS, 2)) @ rng.normal(size=(2, N_FEATURES))
        change *= np.sqrt(VARIANCE * N_OUTPUTS) / np.linalg.norm(change @ roots)
        tasks.append(Task(roots, change))
    return tasks[0], tasks[1]


def errors_after_both(adapter: ElasticLowRank, *, seed: int) -> tuple[float, float]:
    """Errors on the first and the second task when both were learnt, in this order."""
    rng = np.random.default_rng([seed, 11])
    first, second = two_tasks(rng)
    for task in (first, second):
        for x in task.draw(3000, rng):
            noise = 0.3 * rng.normal(size=N_OUTPUTS)
            adapter.learn(x, adapter.correction(x) - task.change @ x - noise)
        adapter.mark_boundary()
    return first.error(adapter, rng), second.error(adapter, rng)
