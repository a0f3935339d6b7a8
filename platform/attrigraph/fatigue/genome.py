"""What creatives are made of, of the vectors of their elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.history import Genomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.daily_rows import CreativeTable

KINDS: Final = ("hook", "promise", "frame", "cta")
"""Kinds of elements that the graph has."""


def genomes_of(
    creatives: CreativeTable,
    vectors: Mapping[str, NDArray[np.float32]],
    dimension: int,
    kinds: Sequence[str] = KINDS,
) -> Genomes:
    """Vectors by kind; several elements of a kind have the direction of their mean.

    Args:
        creatives: with their elements.
        vectors: of length 1, by id of the element; elements without one count as none.
        dimension: of the vectors.
        kinds: kinds of elements, in the order of the result; others are left out.
    """
    shape = len(creatives), len(kinds), dimension
    if not vectors:  # takes no memory
        return Genomes(tuple(kinds), np.broadcast_to(np.float32(0), shape))
    place = {kind: number for number, kind in enumerate(kinds)}
    found = [
        (number * len(kinds) + place[kind], element)
        for number, elements in enumerate(creatives.elements)
        for kind, element in elements
        if kind in place and element in vectors
    ]
    slots = np.array([slot for slot, _ in found], np.int64)
    own = np.array([vectors[element] for _, element in found]).reshape(len(found), dimension)
    table = np.zeros((len(creatives) * len(kinds), dimension), np.float32)
    table[slots] = own
    _, first, number = np.unique(slots, return_index=True, return_counts=True)
    for slot in slots[first[number > 1]].tolist():  # a few creatives have several of a kind
        mean = own[slots == slot].sum(axis=0)
        table[slot] = mean / (np.linalg.norm(mean) or 1)
    return Genomes(tuple(kinds), table.reshape(shape))
