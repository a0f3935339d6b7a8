"""Owen values: by all orders, and equal to the unions' Shapley values; interactions by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.games.coalitions import along, shapley_values
from attrigraph.attribution.games.owen import (
    contiguous_order,
    interactions,
    owen_values,
    sample_owen,
)
from attrigraph.errors import InputError

UNIONS = np.array([[0, 0, 0, 1, 1], [0, 0, 1, 2, 3]])  # channels, then campaigns within them


def some_game(n: int = 5, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=1 << n)
    values[0] = 0.0

    def game(sets: Any) -> Any:
        return values[(sets * (1 << np.arange(n))).sum(axis=-1)]

    return values, game


def stays_together(order: Any, unions: Any) -> Any:
    return all(
        np.ptp([order.index(p) for p in np.flatnonzero(level == u)]) == (level == u).sum() - 1
        for level in unions
        for u in np.unique(level)
    )


def owen_by_all_orders(game: Any, unions: Any) -> Any:
    n = unions.shape[1]
    orders = [o for o in permutations(range(n)) if stays_together(list(o), unions)]
    total = np.zeros(n)
    for order in orders:
        inside = np.zeros(n, dtype=bool)
        for player in order:
            before = game(inside[None])[0]
            inside[player] = True
            total[player] += game(inside[None])[0] - before
    return total / len(orders)


def test_random_orders_keep_unions_together() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert stays_together(contiguous_order(UNIONS, rng).tolist(), UNIONS)


@pytest.mark.parametrize("seed", range(3))
def test_exact_values_are_the_average_over_all_such_orders(seed: int) -> None:
    values, game = some_game(seed=seed)
    assert owen_values(values, UNIONS) == pytest.approx(owen_by_all_orders(game, UNIONS), abs=1e-12)


def test_four_levels_of_channels_campaigns_creatives_and_touches_by_all_orders() -> None:
    tree = np.array([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 2, 2], [0, 0, 1, 2, 3, 4]])
    values, game = some_game(n=6, seed=4)
    found = owen_values(values, tree)
    assert found == pytest.approx(owen_by_all_orders(game, tree), abs=1e-12)
    assert found.sum() == pytest.approx(values[-1], rel=1e-12)


@pytest.mark.parametrize("unions", [np.zeros((1, 5), int), np.arange(5)[None]])
def test_one_union_or_one_for_each_player_gives_shapley_values(unions: Any) -> None:
    values, _ = some_game()
    assert owen_values(values, unions) == pytest.approx(shapley_values(values), abs=1e-12)


def test_sampling_comes_to_the_average_over_all_such_orders() -> None:
    _, game = some_game()
    found = sample_owen(along(game), UNIONS, seed=1, permutations=4000)
    exact = owen_by_all_orders(game, UNIONS)
    assert (np.abs(found.values - exact) < 4 * found.standard_error + 1e-12).all()


def test_members_share_their_unions_shapley_value() -> None:
    _, game = some_game()
    exact = owen_by_all_orders(game, UNIONS)
    channels = UNIONS[0]
    quotient = [game(np.array([((number >> channels) & 1).astype(bool)]))[0] for number in range(4)]
    of_unions = np.bincount(channels, exact)
    assert of_unions == pytest.approx(shapley_values(np.array(quotient)), abs=1e-12)


def test_every_order_gives_out_the_whole_value() -> None:
    values, game = some_game()
    found = sample_owen(along(game), UNIONS, seed=1, permutations=4)
    assert found.values.sum() == pytest.approx(values[-1], rel=1e-12)


def test_unions_that_are_not_nested_are_refused() -> None:
    _, game = some_game()
    with pytest.raises(InputError, match="nested"):
        sample_owen(along(game), np.array([[0, 1, 1, 1, 1], [0, 0, 1, 1, 1]]), seed=0)
    with pytest.raises(InputError, match="nested"):
        owen_values(some_game()[0], np.array([[0, 1, 1, 1, 1], [0, 0, 1, 1, 1]]))


def test_interaction_of_a_pair_by_hand() -> None:
    # a adds 1, b adds 2, together they add 2 more; c adds 4 to anything.
    values = np.array([0.0, 1.0, 2.0, 5.0, 4.0, 5.0, 6.0, 9.0])
    found = interactions(values)
    assert found == pytest.approx(np.array([[0, 2, 0], [2, 0, 0], [0, 0, 0]]), abs=1e-12)
