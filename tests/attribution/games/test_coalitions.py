"""Shapley's axioms, the factorial definition, and sampling against the exact values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.attribution.games import coalitions
from attrigraph.attribution.games.coalitions import (
    along,
    dividends,
    sample,
    set_sizes,
    shapley_by_definition,
    shapley_values,
    shapley_weights,
    sums_over_subsets,
)
from attrigraph.errors import InputError


def game(n: int, seed: int = 0, games: Any = ()) -> Any:
    return np.random.default_rng(seed).normal(size=(*games, 1 << n))


def permuted(values: Any, order: Any) -> Any:
    """The game in which player i has the name order[i]."""
    n = len(order)
    members = np.arange(1 << n)
    renamed = sum(((members >> i) & 1) << order[i] for i in range(n))
    result = np.empty_like(values)
    result[..., renamed] = values
    return result


def test_the_glove_game_by_hand() -> None:
    # players 0 and 1 hold a left glove each, player 2 the right one; a pair is worth 1
    values = np.array([0, 0, 0, 0, 0, 1, 1, 1.0])
    assert shapley_values(values).tolist() == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_dividends_by_hand() -> None:
    assert dividends(np.array([1, 3, 4, 9.0])).tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
def test_exact_values_are_those_of_the_definition(n: int) -> None:
    values = game(n, seed=n)
    np.testing.assert_allclose(shapley_values(values), shapley_by_definition(values), atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_weights_make_exact_values(n: int) -> None:
    values = game(n, seed=n, games=(3,))
    np.testing.assert_allclose(values @ shapley_weights(n), shapley_values(values), atol=1e-12)


@given(st.integers(0, 6), st.integers(0, 99))
def test_credit_adds_up_to_what_all_players_add(n: int, seed: int) -> None:
    values = game(n, seed)
    assert shapley_values(values).sum() == pytest.approx(values[-1] - values[0], abs=1e-12)


@given(st.integers(1, 6), st.integers(0, 99))
def test_a_player_who_adds_nothing_gets_nothing(n: int, seed: int) -> None:
    fewer = game(n - 1, seed)
    assert shapley_values(np.concatenate([fewer, fewer]))[-1] == pytest.approx(0, abs=1e-12)


@given(st.permutations(range(5)), st.integers(0, 99))
def test_renamed_players_keep_their_credit(order: Any, seed: int) -> None:
    values = game(5, seed)
    renamed = shapley_values(permuted(values, order))
    np.testing.assert_allclose(renamed[list(order)], shapley_values(values), atol=1e-12)


def test_credit_is_linear_in_the_game() -> None:
    one, other = game(6, 1), game(6, 2)
    np.testing.assert_allclose(
        shapley_values(2 * one - 3 * other),
        2 * shapley_values(one) - 3 * shapley_values(other),
        atol=1e-12,
    )


def test_several_games_at_once_are_each_of_them() -> None:
    values = game(4, 3, games=(2, 3))
    together = shapley_values(values)
    assert together.shape == (2, 3, 4)
    np.testing.assert_allclose(together[1, 2], shapley_values(values[1, 2]), atol=1e-15)


def test_sums_over_subsets_undo_dividends_and_leave_their_input_alone() -> None:
    values = game(7, 4)
    before = values.copy()
    np.testing.assert_allclose(sums_over_subsets(dividends(values)), values, atol=1e-12)
    np.testing.assert_array_equal(values, before)


def test_a_transposed_array_is_read_as_it_is_indexed() -> None:
    values = game(4, 5, games=(3,))
    strided = np.asfortranarray(values)
    np.testing.assert_array_equal(shapley_values(strided), shapley_values(values))


def test_set_sizes_count_bits() -> None:
    assert set_sizes(3).tolist() == [0, 1, 1, 2, 1, 2, 2, 3]


@pytest.mark.parametrize("size", [0, 3, 1 << 21])
def test_values_of_something_else_than_all_sets_are_refused(size: int) -> None:
    with pytest.raises(InputError, match=f"got {size}"):
        shapley_values(np.zeros(size))


def table_game(values: Any) -> Any:
    """A game that looks its values up."""
    n = values.shape[-1].bit_length() - 1
    return lambda sets: values[..., sets @ (1 << np.arange(n))]


def test_along_a_permutation_players_enter_one_by_one() -> None:
    values = np.arange(8.0)
    walked = along(table_game(values))(np.array([[2, 0, 1], [0, 1, 2]]))
    assert walked.tolist() == [[0, 4, 5, 7], [0, 1, 3, 7]]


@pytest.mark.parametrize("permutations", [4, 64, 66])
def test_sampled_credit_adds_up_exactly(permutations: int) -> None:
    values = game(6, 6, games=(2,))
    sampled = sample(along(table_game(values)), 6, seed=1, permutations=permutations)
    np.testing.assert_allclose(sampled.values.sum(axis=-1), values[:, -1] - values[:, 0])
    assert sampled.permutations <= permutations


def test_sampled_credit_is_as_near_as_its_standard_error_says() -> None:
    values = game(6, 7)
    exact = shapley_values(values)
    scores = []
    for seed in range(200):
        sampled = sample(along(table_game(values)), 6, seed=seed, permutations=128, tolerance=0.0)
        scores.append((sampled.values - exact) / sampled.standard_error)
    assert np.abs(np.mean(scores, axis=0)).max() < 0.3
    assert np.std(scores, axis=0) == pytest.approx(np.ones(6), abs=0.2)


def test_walking_both_ways_is_exact_for_pairwise_games() -> None:
    # with values of pairs alone, a player's marginal forwards and backwards is its credit
    pairs = np.triu(np.random.default_rng(0).normal(size=(7, 7)))
    sampled = sample(along(lambda sets: ((sets @ pairs) * sets).sum(1)), 7, seed=0)
    symmetric = (pairs + pairs.T) / 2
    np.testing.assert_allclose(sampled.values, symmetric.sum(axis=1), atol=1e-12)
    assert sampled.converged
    assert sampled.standard_error.max() < 1e-12


def test_sampling_stops_when_it_is_sure_enough_or_the_budget_is_spent() -> None:
    values = game(6, 8)
    values[-1] = 50.0
    sure = sample(along(table_game(values)), 6, seed=0, permutations=100_000)
    assert sure.converged
    assert sure.permutations < 100_000
    assert coalitions.Z_95 * sure.standard_error.max() <= 0.01 * abs(values[-1] - values[0])
    spent = sample(along(table_game(values)), 6, seed=0, permutations=10)
    assert not spent.converged
    assert spent.permutations == 10


def test_the_same_seed_draws_the_same() -> None:
    chain = along(table_game(game(5, 9)))
    one, other = (sample(chain, 5, seed=3, permutations=50) for _ in range(2))
    np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize(("n", "permutations"), [(0, 100), (3, 3)])
def test_sampling_nothing_is_refused(n: int, permutations: int) -> None:
    with pytest.raises(InputError, match="sampling needs"):
        sample(along(table_game(game(3))), n, seed=0, permutations=permutations)


@settings(max_examples=20)
@given(st.integers(2, 9), st.integers(0, 99))
def test_mean_and_spread_are_the_same_in_one_batch_or_many(n: int, seed: int) -> None:
    draws = np.random.default_rng(seed).normal(size=(n, 3))
    mean, squares = np.zeros(0), np.zeros(0)
    for count in range(n):
        mean, squares = coalitions._updated(mean, squares, count, draws[count : count + 1])
    np.testing.assert_allclose(mean, draws.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(squares / n, draws.var(axis=0), atol=1e-12)
