"""Evaluation of all methods of fatigue on the daily figures of the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attrigraph.fatigue.evaluation import evaluate_fatigue
from attrigraph.runs.progress import ignore
from attrigraph.services.fatigue_history import read_fatigue_history

if TYPE_CHECKING:
    from attrigraph.fatigue.evaluation import FatigueEvaluation
    from attrigraph.runs.progress import Progress
    from attrigraph.stores import Stores


def evaluate_fatigue_methods(
    stores: Stores, *, seed: int = 0, progress: Progress = ignore
) -> FatigueEvaluation:
    """Train all methods on all but the last 30 days, and compare their forecasts of these.

    The model in Postgres is neither used nor changed, as it has learnt from these days.

    Args:
        stores: with the graph.
        seed: of the split of campaigns and of the networks.
        progress: told of the epochs that are done.

    Raises:
        InputError: there are no figures, too few days of them, or nothing to compare.
        ConvergenceError: the loss of a network became non-finite.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    stored = read_fatigue_history(stores)
    found = evaluate_fatigue(
        stored.history,
        seed=seed,
        progress=lambda done, total: progress("fit", done, total),
    )
    return replace(found, notes=tuple(stored.notes()))
