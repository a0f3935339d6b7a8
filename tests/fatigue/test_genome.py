"""Vectors of creatives by kind, by hand."""

from __future__ import annotations

import numpy as np

from attrigraph.fatigue.daily_rows import CreativeTable
from attrigraph.fatigue.genome import genomes_of

VECTORS = {
    "sea": np.array([1, 0], np.float32),
    "coat": np.array([0, 1], np.float32),
    "land": np.array([-1, 0], np.float32),
}


def table(*elements: tuple[tuple[str, str], ...]) -> CreativeTable:
    n = len(elements)
    return CreativeTable(tuple(map(str, range(n))), (None,) * n, ((),) * n, elements)


def test_each_kind_has_the_direction_of_its_elements() -> None:
    creatives = table(
        (("hook", "sea"), ("hook", "coat"), ("promise", "coat")),
        (("hook", "sea"), ("hook", "land")),
        (("hook", "new"), ("cta", "sea")),
        (),
    )
    genomes = genomes_of(creatives, VECTORS, 2, ("hook", "promise"))
    half = 0.5**0.5
    np.testing.assert_allclose(
        genomes.vectors,
        [[[half, half], [0, 1]], [[0, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]],
        atol=1e-7,
    )
    assert genomes.kinds == ("hook", "promise")
    assert genomes.vectors.dtype == np.float32


def test_without_vectors_all_are_zero() -> None:
    genomes = genomes_of(table((("hook", "sea"),)), {}, 5)
    assert genomes.vectors.shape == (1, 4, 5)
    assert not genomes.vectors.any()
    assert genomes_of(table(), VECTORS, 2).vectors.shape == (0, 4, 2)
