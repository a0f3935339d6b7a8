"""The games that observed paths define, against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.attribution.games import coalitions
from attrigraph.attribution.multi_touch import shapley
from attrigraph.attribution.observed.path_steps import path_steps

if TYPE_CHECKING:
    from attrigraph.domain import PathCounts
    from fixture_types import MakePaths, Row

amounts = st.integers(0, 9).map(float)
rows_of_paths = st.lists(
    st.tuples(st.text("abcde", max_size=6), amounts, st.integers(0, 5), amounts), max_size=12
).map(lambda rows: [(path, c, c * v, n) for path, c, v, n in rows])


def sets_of(paths: PathCounts) -> Any:
    return [
        frozenset(paths.codes[a:b])
        for a, b in zip(paths.offsets[:-1], paths.offsets[1:], strict=True)
    ]


def values_by_definition(paths: PathCounts, worth: Any) -> Any:
    """v of every set of keys, set by set."""
    n = len(paths.keys)
    sets = sets_of(paths)
    values = []
    for members in range(1 << n):
        inside = [i for i, keys in enumerate(sets) if all(members >> k & 1 for k in keys)]
        values.append(worth(np.array(inside, int)))
    return np.array(values, float)


def test_each_conversion_is_shared_equally_by_hand(make_paths: MakePaths) -> None:
    paths = make_paths([("aab", 6, 60, 1), ("b", 2, 8, 0), ("abc", 3, 3, 9), ("", 5, 5, 5)])
    assert shapley.simplified(paths).tolist() == [[4, 31], [6, 39], [1, 1]]


def test_positions_by_hand(make_paths: MakePaths) -> None:
    paths = make_paths([("aab", 6, 60, 1), ("b", 2, 8, 0), ("ccccc", 0, 0, 3)])
    assert shapley.by_position(paths).tolist() == [[1.5, 1.5, 0], [2, 0, 3], [0, 0, 0]]


@given(rows_of_paths)
def test_the_simplified_game_is_that_of_its_characteristic_function(
    make_paths: MakePaths, rows: list[Row]
) -> None:
    paths = make_paths(rows)
    for column, amount in enumerate((paths.conversions, paths.value)):
        values = values_by_definition(paths, lambda inside, amount=amount: amount[inside].sum())
        exact = coalitions.shapley_by_definition(values)
        np.testing.assert_allclose(shapley.simplified(paths)[:, column], exact, atol=1e-9)


@given(rows_of_paths)
def test_positions_add_up_to_the_simplified_credit(make_paths: MakePaths, rows: list[Row]) -> None:
    paths = make_paths(rows)
    positions = shapley.by_position(paths)
    np.testing.assert_allclose(
        positions.sum(axis=1), shapley.simplified(paths)[:, 0], rtol=1e-12, atol=1e-12
    )


@given(rows_of_paths)
def test_the_rate_game_is_that_of_its_characteristic_function(
    make_paths: MakePaths, rows: list[Row]
) -> None:
    paths = make_paths(rows)
    journeys = paths.conversions + paths.nulls
    answer = shapley.rate(paths)
    for column, amount in enumerate((paths.conversions, paths.value)):

        def rate(inside: Any, amount: Any = amount) -> Any:
            total = journeys[inside].sum()
            return amount[inside].sum() / total if total else 0.0

        values = values_by_definition(paths, rate)
        exact = coalitions.shapley_by_definition(values) * journeys.sum()
        np.testing.assert_allclose(answer.credits[:, column], exact, atol=1e-9)
        assert answer.baseline[column] == pytest.approx(values[0] * journeys.sum())


def test_the_rate_game_gives_negative_credit_where_a_key_goes_with_fewer_conversions(
    make_paths: MakePaths,
) -> None:
    answer = shapley.rate(make_paths([("", 5, 5, 5), ("a", 1, 1, 9)]))
    assert answer.baseline.tolist() == [10, 10]
    assert answer.credits.tolist() == [[-4, -4]]


@settings(max_examples=30)
@given(rows_of_paths, st.permutations(range(5)))
def test_rates_along_permutations_are_those_of_sets(
    make_paths: MakePaths, rows: list[Row], order: list[int]
) -> None:
    paths = make_paths([*rows, ("abcde", 1, 1, 1)])
    amounts = np.stack([paths.conversions, paths.value, paths.conversions + paths.nulls])
    steps, present = path_steps(paths), np.arange(5, dtype=np.int32)
    exact = shapley.exact_rates(steps, amounts, present)
    begun = np.cumsum([0, *(1 << np.array(order))])
    counted = shapley.rates_along(steps, amounts, present)(np.array([order, order[::-1]]))
    np.testing.assert_allclose(counted[:, 0], exact[:, begun], atol=1e-12)
    np.testing.assert_allclose(counted[:, 1, ::-1], exact[:, 31 - begun], atol=1e-12)


def test_beyond_twenty_keys_the_rate_game_is_sampled_with_its_standard_error(
    make_paths: MakePaths,
) -> None:
    names = [f"k{i}" for i in range(24)]
    rows: list[Row] = [((name,), 2 + i, 3.0, 30) for i, name in enumerate(names)]
    rows += [(names, 9, 90, 11), ((), 1, 1, 99)]
    answer = shapley.rate(make_paths(rows), seed=5, permutations=400)
    observed = np.array([sum(row[1] for row in rows), sum(row[2] for row in rows)])
    np.testing.assert_allclose(answer.credits.sum(axis=0) + answer.baseline, observed)
    assert answer.standard_error is not None
    assert answer.standard_error.shape == (24, 2)
    assert np.all(answer.standard_error > 0)
    again = shapley.rate(make_paths(rows), seed=5, permutations=400)
    np.testing.assert_array_equal(answer.credits, again.credits)


def test_sampled_rates_are_near_the_exact_ones(
    make_paths: MakePaths, pathdata: PathCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = shapley.rate(pathdata)
    monkeypatch.setattr(coalitions, "EXACT_PLAYERS", 11)
    sampled = shapley.rate(pathdata, seed=1, permutations=4000)
    off = np.abs(sampled.credits - exact.credits) / sampled.standard_error
    assert off.max() < 4
    np.testing.assert_allclose(sampled.credits.sum(axis=0), exact.credits.sum(axis=0))


def test_the_sample_has_the_known_credit(pathdata: PathCounts) -> None:
    simplified = dict(zip(pathdata.keys, shapley.simplified(pathdata)[:, 0].round(2), strict=True))
    assert simplified["alpha"] == 7627.94
    assert shapley.simplified(pathdata).sum(axis=0) == pytest.approx([19785, 74802.97158721])


def test_nothing_observed_is_nothing_shared(make_paths: MakePaths) -> None:
    paths = make_paths([])
    assert shapley.simplified(paths).shape == (0, 2)
    assert shapley.by_position(paths).shape == (0, 0)
    assert shapley.rate(paths).baseline.tolist() == [0, 0]
