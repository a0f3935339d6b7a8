from __future__ import annotations

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.blend import blended
from attrigraph.similarity.hyperbolic.candidates import Candidates, find_candidates, n_by_text
from attrigraph.similarity.hyperbolic.distance import Positions, distances
from attrigraph.similarity.hyperbolic.texts import Texts

RNG = np.random.default_rng(0)
N = 300
IDS = tuple(f"c{row:03d}" for row in range(N))
TEXTS = Texts(IDS, RNG.normal(size=(N, 8)))
POSITIONS = Positions(IDS, RNG.normal(size=(N, 3)))
TEXT, POSITION = RNG.normal(size=8), RNG.normal(size=3)


def candidates(k: int) -> Candidates:
    return find_candidates(TEXT, POSITION, TEXTS, POSITIONS, k)


@pytest.mark.parametrize("k", [1, 10, 80])
def test_candidates_are_the_union_of_both_searches(k: int) -> None:
    cosine = TEXTS.cosine_distances(TEXT)
    by_text = {IDS[row] for row in np.argsort(cosine)[: n_by_text(k)]}
    by_position = {IDS[row] for row in np.argsort(distances(POSITION, POSITIONS.tangents))[:k]}
    found = candidates(k).ids
    assert set(found) == by_text | by_position
    assert len(found) == len(set(found))


def test_what_text_alone_misses_is_found_by_position() -> None:
    """The farthest text of all, at the position of the query."""
    away = Texts((*IDS, "far"), np.vstack([TEXTS.vectors, -TEXT]))
    here = Positions((*IDS, "far"), np.vstack([POSITIONS.tangents, POSITION]))
    found = find_candidates(TEXT, POSITION, away, here, 10)
    assert "far" in found.ids
    assert found.ids[found.best(1, 1.0)[0]] == "far"


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_the_best_have_the_smallest_blended_scores(alpha: float) -> None:
    found = candidates(10)
    scores = blended(found.hyperbolic, found.cosine, alpha)
    assert found.best(10, alpha) == np.argsort(scores)[:10].tolist()


def test_a_k_above_the_size_returns_all() -> None:
    assert len(candidates(10_000).best(10_000, 0.5)) == N


def test_texts_and_positions_are_of_the_same_campaigns() -> None:
    other = Positions(IDS[::-1], POSITIONS.tangents)
    with pytest.raises(InputError, match="the same ids in the same order"):
        find_candidates(TEXT, POSITION, TEXTS, other, 10)
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        candidates(0)
