"""Neighbourhoods of some units: all that their curves depend on, or a random part of it.

A round of messages comes over pairs of similar units, campaigns and audiences, so that the curve of
a unit depends on units of as many steps away as the network has rounds.
"""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from gnn.fatigue.graphs import UnitColumns


def neighbourhood(
    columns: UnitColumns,
    seeds: NDArray[np.int64],
    *,
    hops: int = 2,
    limit: int | None = None,
    seed: int = 0,
) -> tuple[UnitColumns, NDArray[np.int64]]:
    """The units around some, with the pairs among them (Hamilton 2017).

    Args:
        columns: all units.
        seeds: rows of units to begin with ``[s]``, each once.
        hops: steps over pairs, campaigns and audiences.
        limit: at most so many new units of each step, at random; None for all, which leaves the
            curves of the seeds as they are if there are as many hops as rounds.
        seed: of the choice.

    Returns:
        The units, those of ``seeds`` first in their order, and their rows in ``columns``.

    Raises:
        ValueError: a seed names no row, or there are fewer than no hops.
    """
    if len(seeds) and not (seeds.min() >= 0 and seeds.max() < len(columns)):
        raise ValueError(f"seeds must be rows from 0 to {len(columns) - 1}")
    if hops < 0:
        raise ValueError(f"hops must be at least 0, got {hops}")
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(columns), bool)
    chosen[seeds] = True
    rows = [seeds]
    for _ in range(hops):
        new = np.flatnonzero(_touched(columns, chosen) & ~chosen)
        if limit is not None and len(new) > limit:
            new = np.sort(rng.choice(new, limit, replace=False))
        chosen[new] = True
        rows.append(new)
    kept = np.concatenate(rows)
    return _part(columns, kept), kept


def _touched(columns: UnitColumns, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Units that share a pair or a group with chosen ones."""
    touched = np.zeros(len(chosen), bool)
    touched[columns.source[chosen[columns.target]]] = True
    for group in columns.groups.T:
        touched |= np.isin(group, group[chosen])
    return touched


def _part(columns: UnitColumns, kept: NDArray[np.int64]) -> UnitColumns:
    place = np.full(len(columns), -1)
    place[kept] = np.arange(len(kept))
    among = (place[columns.source] >= 0) & (place[columns.target] >= 0)
    pairs = {
        "source": place[columns.source[among]],
        "target": place[columns.target[among]],
        "edge": columns.edge[among],
    }
    figures = {
        field.name: getattr(columns, field.name)[kept]
        for field in fields(columns)
        if field.name not in pairs
    }
    return replace(columns, **figures, **pairs)
