"""Removal effects: known numbers, the definition, and laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.attribution.multi_touch import markov, removal
from attrigraph.attribution.multi_touch.markov import (
    build_chain,
    closed_form_losses,
    conversion_probability,
    removal_losses,
    transition_matrix,
)
from attrigraph.attribution.multi_touch.removal import losses_by_key, solved_losses
from attrigraph.errors import ConservationError, InputError

if TYPE_CHECKING:
    from attrigraph.domain import PathCounts
    from fixture_types import MakePaths, Row

ORDERS = [1, 2, 3, 4]

amounts = st.integers(0, 9).map(float)
rows_of_paths = st.lists(
    st.tuples(st.text("abcd", max_size=7), amounts, st.integers(0, 5), amounts), max_size=12
).map(lambda rows: [(path, c, c * v, n) for path, c, v, n in rows])


def naive_losses(rows: list[Row], keys: Any, order: int) -> Any:
    """By the words of the method: one state for each history, and a dense system for each key."""
    states: dict[Any, int] = {}
    steps: dict[Any, float] = {}
    gains: dict[Any, Any] = {}
    begins: dict[Any, float] = {}
    for path, conversions, value, nulls in rows:
        total, before = conversions + nulls, None
        for i in range(len(path)):
            now = tuple(path[max(0, i - order + 1) : i + 1])
            states.setdefault(now, len(states))
            if before is None:
                begins[now] = begins.get(now, 0) + total
            else:
                steps[before, now] = steps.get((before, now), 0) + total
            before = now
        if before is not None:
            gain = gains.setdefault(before, np.zeros(3))
            gain += [conversions, value, nulls]
    n = len(states)
    counts, ends = np.zeros((n, n)), np.zeros((n, 3))
    for (one, other), count in steps.items():
        counts[states[one], states[other]] += count
    for state, gain in gains.items():
        ends[states[state]] += gain
    visits = counts.sum(axis=1) + ends[:, 0] + ends[:, 2]
    start = np.zeros(n)
    for state, count in begins.items():
        start[states[state]] += count
    with np.errstate(invalid="ignore"):
        moves = np.nan_to_num(counts / visits[:, None])
        r = np.nan_to_num(ends[:, :2] / visits[:, None])
    expected = start @ np.linalg.solve(np.eye(n) - moves, r)
    losses = []
    for key in keys:
        kept = [i for state, i in states.items() if state[-1] != key]
        rest = np.linalg.solve(np.eye(len(kept)) - moves[np.ix_(kept, kept)], r[kept])
        losses.append(expected - start[kept] @ rest)
    return np.array(losses).reshape(-1, 2)


def test_order_one_by_hand(make_paths: MakePaths) -> None:
    # start -> a (2/3) or b (1/3); a -> b (1/2) or null; b -> conversion
    paths = make_paths([("ab", 1, 10, 0), ("a", 0, 0, 1), ("b", 1, 4, 0)])
    assert removal_losses(paths, 1) == pytest.approx(np.array([[1, 7], [2, 14]]))


def test_a_key_that_repeats_itself_by_hand(make_paths: MakePaths) -> None:
    paths = make_paths([("aa", 1, 1, 0), ("ab", 0, 0, 1), ("b", 1, 1, 0)])
    # b is reached from the start (1/3) or after a; from a: a 1/3, b 1/3, conversion 1/3
    # from b: half convert. h_b = 1/2, h_a = 1/2 + h_b / 2 = 3/4; all: 2/3 * 3/4 + 1/3 * 1/2 = 2/3
    # without a: 1/3 * 1/2; without b: 2/3 * 1/2
    lost = 3 * (2 / 3 - np.array([1 / 6, 1 / 3]))
    assert removal_losses(paths, 1)[:, 0] == pytest.approx(lost)


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=60)
@given(rows=rows_of_paths)
def test_losses_are_those_of_the_definition(
    make_paths: MakePaths, order: int, rows: list[Row]
) -> None:
    paths = make_paths(rows)
    expected = naive_losses(rows, paths.keys, order)
    np.testing.assert_allclose(removal_losses(paths, order), expected, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=60)
@given(rows=rows_of_paths)
def test_sweeps_and_elimination_agree(make_paths: MakePaths, order: int, rows: list[Row]) -> None:
    chain = build_chain(make_paths(rows), order)
    solved = solved_losses(chain)
    np.testing.assert_allclose(losses_by_key(chain), solved, atol=1e-9)
    np.testing.assert_allclose(losses_by_key(chain, rounds=0), solved, atol=1e-9)


def test_closed_form_sweeps_and_elimination_agree_on_the_sample(pathdata: PathCounts) -> None:
    chain = build_chain(pathdata, 1)
    solved = solved_losses(chain)
    np.testing.assert_allclose(closed_form_losses(chain), solved, rtol=1e-10)
    np.testing.assert_allclose(losses_by_key(chain), solved, rtol=1e-10, atol=1e-7)


@pytest.mark.parametrize("order", ORDERS)
def test_the_chain_converts_as_often_as_was_observed(pathdata: PathCounts, order: int) -> None:
    chain = build_chain(pathdata, order)
    assert chain.starts @ conversion_probability(chain) == pytest.approx(19785, rel=1e-12)
    assert chain.starts.sum() == 88387


@pytest.mark.parametrize(
    ("order", "known"),
    [(1, {"alpha": 5344.95, "iota": 3884.61, "mi": 1.72}), (2, {"alpha": 5617.45})],
)
def test_the_sample_has_the_known_credit(pathdata: PathCounts, order: int, known: Any) -> None:
    losses = removal_losses(pathdata, order)[:, 0]
    credit = dict(zip(pathdata.keys, (losses / losses.sum() * 19785).round(2), strict=True))
    assert {key: credit[key] for key in known} == known


def test_a_very_sticky_chain_is_solved(make_paths: MakePaths) -> None:
    rows = [("a" * 300 + "b", 1, 1, 0), ("ab" * 150, 1, 1, 3), ("b" * 40, 2, 2, 9), ("c", 1, 1, 5)]
    for order in ORDERS:
        chain = build_chain(make_paths(rows), order)
        np.testing.assert_allclose(losses_by_key(chain), solved_losses(chain), rtol=1e-9)


def test_many_keys_are_solved_in_blocks(make_paths: MakePaths) -> None:
    random = np.random.default_rng(0)
    names = [f"k{i}" for i in range(120)]
    drawn = [
        (random.choice(names, random.geometric(0.3)), float(random.integers(0, 3)))
        for _ in range(1500)
    ]
    rows: list[Row] = [(tuple(path), count, count, 2.0) for path, count in drawn]
    for order in (1, 2):
        chain = build_chain(make_paths(rows), order)
        solved = solved_losses(chain)
        np.testing.assert_allclose(losses_by_key(chain), solved, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(removal_losses(make_paths(rows), order), solved, rtol=1e-8)


def test_without_the_lumped_chain_sweeps_still_do(
    pathdata: PathCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markov, "DENSE_KEYS", 3)
    monkeypatch.setattr(removal, "AGGREGATED_KEYS", 3)
    for order in (1, 3):
        chain = build_chain(pathdata, order)
        swept = removal_losses(pathdata, order)
        np.testing.assert_allclose(swept, solved_losses(chain), rtol=1e-8, atol=1e-6)


def test_conversions_of_one_worth_give_value_the_same_shares(make_paths: MakePaths) -> None:
    rows = [("abc", 3, 0, 1), ("bb", 1, 0, 2), ("ca", 2, 0, 2)]
    paths = make_paths([(path, c, 2.5 * c, n) for path, c, _, n in rows])
    for order in ORDERS:
        losses = removal_losses(paths, order)
        np.testing.assert_allclose(losses[:, 1], 2.5 * losses[:, 0])


def test_at_high_order_the_effect_is_the_share_of_conversions_that_had_the_key(
    make_paths: MakePaths,
) -> None:
    rows = [("abc", 3, 1, 1), ("abd", 1, 1, 2), ("ca", 2, 2, 2), ("d", 4, 4, 4)]
    losses = removal_losses(make_paths(rows), 4)[:, 0]
    assert losses == pytest.approx([6, 4, 5, 5])


def test_the_transition_matrix_by_hand(make_paths: MakePaths) -> None:
    paths = make_paths([("ab", 1, 10, 0), ("a", 0, 0, 1), ("b", 2, 4, 0), ("", 1, 1, 3)])
    matrix = transition_matrix(build_chain(paths, 1))
    assert matrix.keys == ("a", "b")
    assert matrix.count.tolist() == [[0, 1, 0, 1], [0, 0, 3, 0], [2, 2, 1, 3]]
    assert matrix.probability == pytest.approx(
        np.array([[0, 1 / 2, 0, 1 / 2], [0, 0, 1, 0], [1 / 4, 1 / 4, 1 / 8, 3 / 8]])
    )


def test_rows_of_the_transition_matrix_add_up_to_one(pathdata: PathCounts) -> None:
    matrix = transition_matrix(build_chain(pathdata, 1))
    assert matrix.probability.sum(axis=1) == pytest.approx(np.ones(13))


def test_histories_are_newest_first_and_short_ones_are_padded(make_paths: MakePaths) -> None:
    chain = build_chain(make_paths([("abc", 1, 1, 0)]), 2)
    assert chain.history.tolist() == [[0, -1], [1, 0], [2, 1]]
    assert chain.visits.tolist() == [1, 1, 1]


def test_paths_that_no_journey_took_do_not_matter(make_paths: MakePaths) -> None:
    rows = [("ab", 1, 1, 1), ("b", 1, 1, 0)]
    with_ghost = make_paths([*rows, ("abab", 0, 0, 0)])
    np.testing.assert_allclose(removal_losses(with_ghost, 2), removal_losses(make_paths(rows), 2))


@pytest.mark.parametrize("order", ORDERS)
def test_no_conversions_lose_nothing(make_paths: MakePaths, order: int) -> None:
    assert removal_losses(make_paths([("ab", 0, 0, 2)]), order).tolist() == [[0, 0], [0, 0]]
    assert removal_losses(make_paths([]), order).shape == (0, 2)
    assert removal_losses(make_paths([("", 1, 1, 1)]), order).shape == (0, 2)


@pytest.mark.parametrize("order", [0, 5])
def test_other_orders_are_rejected(make_paths: MakePaths, order: int) -> None:
    with pytest.raises(InputError, match="must be 1 to 4"):
        build_chain(make_paths([("a", 1, 1, 0)]), order)


def test_numbers_that_do_not_balance_are_rejected(make_paths: MakePaths) -> None:
    paths = make_paths([("a", float("nan"), 1, 1), ("ab", 1, 1, 1)])
    with pytest.raises(ConservationError, match="loses or gains"):
        build_chain(paths, 1)
