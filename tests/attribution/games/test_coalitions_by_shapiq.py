"""Shapley values, dividends and interactions of random games, as the library shapiq has them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from shapiq.game_theory.exact import ExactComputer

from attrigraph.attribution.games.coalitions import dividends, shapley_values
from attrigraph.attribution.games.owen import interactions


def random_game(n: int, seed: int) -> Any:
    """Values of all sets, and the same as the function shapiq asks."""
    values = np.random.default_rng(seed).normal(size=1 << n)
    values[0] = 0.0
    return values, lambda sets: values[(sets * (1 << np.arange(n))).sum(axis=1)]


@pytest.mark.parametrize(("n", "seed"), [(2, 0), (3, 1), (5, 2), (8, 3)])
def test_shapley_values_agree(n: int, seed: int) -> None:
    values, game = random_game(n, seed)
    found = ExactComputer(game, n_players=n)(index="SV", order=1)
    assert shapley_values(values) == pytest.approx([found[(i,)] for i in range(n)], abs=1e-9)


@pytest.mark.parametrize(("n", "seed"), [(2, 0), (3, 1), (5, 2), (8, 3)])
def test_interactions_of_pairs_agree(n: int, seed: int) -> None:
    values, game = random_game(n, seed)
    found = ExactComputer(game, n_players=n)(index="SII", order=2)
    ours = interactions(values)
    for i, j in combinations(range(n), 2):
        assert ours[i, j] == pytest.approx(found[i, j], abs=1e-9)


def test_dividends_agree() -> None:
    values, game = random_game(5, 4)
    found = ExactComputer(game, n_players=5)(index="Moebius", order=5)
    ours = dividends(values)
    for size in range(1, 6):
        for players in combinations(range(5), size):
            number = sum(1 << player for player in players)
            assert ours[number] == pytest.approx(found[players], abs=1e-9)
