"""The graph of jobs: levels, the critical path, and cycles."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Inputs = Mapping[str, Sequence[str]]


def job_levels(inputs: Inputs) -> dict[str, int]:
    """The level of each job: 0 without inputs, else one above the highest of its inputs.

    Args:
        inputs: of each job; those that are no jobs of the graph are left out.

    Returns:
        Levels in an order in which inputs come first.

    Raises:
        InputError: jobs are each other's inputs; the message has the cycle.
    """
    known = {name: [one for one in needs if one in inputs] for name, needs in inputs.items()}
    try:
        order = tuple(TopologicalSorter(known).static_order())
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise InputError(
            f"jobs wait for each other in a cycle: {cycle}; take an input away"
        ) from None
    levels: dict[str, int] = {}
    for name in order:
        levels[name] = 1 + max((levels[one] for one in known[name]), default=-1)
    return levels


def critical_path(inputs: Inputs, seconds: Mapping[str, float]) -> tuple[list[str], float]:
    """The chain of jobs that takes longest, and how long it takes.

    Args:
        inputs: of each job.
        seconds: that a job takes; 0 where it is not known.

    Returns:
        The jobs in their order, and the sum of their seconds.

    Raises:
        InputError: jobs are each other's inputs.
    """
    best: dict[str, tuple[float, list[str]]] = {}
    for name in job_levels(inputs):
        before = max((best[one] for one in inputs[name] if one in best), default=(0.0, []))
        best[name] = (before[0] + seconds.get(name, 0.0), [*before[1], name])
    total, path = max(best.values(), default=(0.0, []))
    return path, total
