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
        (number, place[kind], vectors[element])
        for number, elements in enumerate(creatives.elements)
        for kind, element in elements
        if kind in place and element in vectors
    ]
    sums = np.zeros(shape, np.float32)
    if found:
        numbers, places, own = zip(*found, strict=True)
        np.add.at(sums, (list(numbers), list(places)), np.stack(own))
    length = np.linalg.norm(sums, axis=-1, keepdims=True)
    return Genomes(tuple(kinds), np.divide(sums, length, out=sums, where=length > 0))
