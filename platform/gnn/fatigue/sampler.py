"""Neighbourhoods of some units: all that their curves depend on, or a random part of it.

Each round of messages reads the states of similar units that the round before left. From the second
on it also reads what the round before sent to campaigns and audiences: means of the states that
their units had before that round. So units of the same group are two rounds away.
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
    """The units around some, and the pairs over which these read others (Hamilton 2017).

    Args:
        columns: all units.
        seeds: rows of units to begin with ``[s]``, each once.
        hops: rounds of messages.
        limit: at most so many new units of each hop, at random; None for all, which leaves the
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
    before = chosen.copy()
    chosen[seeds] = True
    rows = [seeds]
    for _ in range(hops):
        read = _similar_to(columns, chosen) | _in_groups_of(columns, before)
        new = np.flatnonzero(read & ~chosen)
        if limit is not None and len(new) > limit:
            new = np.sort(rng.choice(new, limit, replace=False))
        before = chosen.copy()
        chosen[new] = True
        rows.append(new)
    kept = np.concatenate(rows)
    return _part(columns, kept, before), kept


def _similar_to(columns: UnitColumns, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Units from which a pair leads to a chosen one."""
    similar = np.zeros(len(chosen), bool)
    similar[columns.source[chosen[columns.target]]] = True
    return similar


def _in_groups_of(columns: UnitColumns, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Units of the campaigns and audiences of chosen ones."""
    inside = np.zeros(len(chosen), bool)
    for group in columns.groups.T:
        inside |= np.isin(group, group[chosen])
    return inside


def _part(columns: UnitColumns, kept: NDArray[np.int64], reading: NDArray[np.bool_]) -> UnitColumns:
    """Some units, and the pairs among them whose targets read their sources."""
    place = np.full(len(columns), -1)
    place[kept] = np.arange(len(kept))
    among = (place[columns.source] >= 0) & reading[columns.target]
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
