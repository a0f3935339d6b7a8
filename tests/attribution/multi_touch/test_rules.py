"""Rules by hand and by law."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.attribution.multi_touch import rules
from attrigraph.attribution.observed.path_steps import PathSteps
from attrigraph.errors import NeedsTimesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = "abcd"


def path_steps(*words: str, age: Any = None, direct: Any = None) -> PathSteps:
    codes = [LETTERS.index(letter) for word in words for letter in word]
    flags = None if direct is None else np.array([LETTERS[code] in direct for code in codes])
    return PathSteps(
        np.cumsum([0, *map(len, words)]),
        np.array(codes, np.int32),
        len(LETTERS),
        age=None if age is None else np.array(age, float),
        direct=flags,
    )


def by_walk(steps: PathSteps, shares: NDArray[np.float64]) -> list[list[float]]:
    return [
        shares[a:b].tolist() for a, b in zip(steps.offsets[:-1], steps.offsets[1:], strict=True)
    ]


@pytest.mark.parametrize(
    ("rule", "word", "expected"),
    [
        (rules.first, "abc", [1, 0, 0]),
        (rules.last, "abc", [0, 0, 1]),
        (rules.linear, "abca", [1 / 4] * 4),
        (rules.linear_distinct, "abaa", [1 / 6, 1 / 2, 1 / 6, 1 / 6]),
        (rules.position_w, "a", [1]),
        (rules.position_w, "ab", [1 / 2, 1 / 2]),
        (rules.position_w, "abc", [1 / 3] * 3),
        (rules.position_w, "abcd", [1 / 3, 1 / 6, 1 / 6, 1 / 3]),
        (rules.position_w, "abcda", [0.3, 0.05, 0.3, 0.05, 0.3]),
        (rules.position_w, "abcdab", [0.3, 0.05, 0.15, 0.15, 0.05, 0.3]),
    ],
)
def test_shares_by_hand(rule: Any, word: str, expected: Any) -> None:
    steps = path_steps("", word, "")
    assert by_walk(steps, rule(steps)) == [[], pytest.approx(expected, abs=1e-15), []]


@pytest.mark.parametrize(
    ("weights", "word", "expected"),
    [
        ((0.4, 0.2, 0.4), "a", [1]),
        ((0.4, 0.2, 0.4), "ab", [0.5, 0.5]),
        ((0.4, 0.2, 0.4), "abc", [0.4, 0.2, 0.4]),
        ((0.4, 0.2, 0.4), "abcd", [0.4, 0.1, 0.1, 0.4]),
        ((0.2, 0.2, 0.6), "ab", [0.25, 0.75]),
        ((0.6, 0.2, 0.2), "abc", [0.6, 0.2, 0.2]),
        ((40, 20, 40), "abc", [0.4, 0.2, 0.4]),
        ((0, 1, 0), "abcd", [0, 0.5, 0.5, 0]),
        ((0, 1, 0), "ab", [0.5, 0.5]),
        ((0, 1, 0), "a", [1]),
    ],
)
def test_weights_by_position_by_hand(weights: Any, word: str, expected: Any) -> None:
    steps = path_steps(word, "")
    assert by_walk(steps, rules.positional(steps, *weights)) == [pytest.approx(expected), []]


def test_the_last_touch_that_is_not_direct_is_credited() -> None:
    steps = path_steps("abd", "dd", "", "dabd", direct="d")
    assert by_walk(steps, rules.last_non_direct(steps)) == [[0, 1, 0], [0, 1], [], [0, 0, 1, 0]]


def test_a_touch_weighs_half_as_much_for_each_half_life() -> None:
    steps = path_steps("abc", "a", "", age=[15, 8, 1, 1000])
    shares = rules.time_decay(steps, 7.0)
    assert by_walk(steps, shares) == [pytest.approx([1 / 7, 2 / 7, 4 / 7]), [1], []]


def test_very_old_touches_still_share() -> None:
    steps = path_steps("ab", age=[1e6 + 7, 1e6])
    assert rules.time_decay(steps, 7.0).tolist() == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("age", [None, [1.0, np.nan]])
def test_time_decay_rejects_unknown_times(age: Any) -> None:
    with pytest.raises(NeedsTimesError, match="time-decay"):
        rules.time_decay(path_steps("ab", age=age), 7.0)


words = st.lists(st.text(LETTERS, max_size=7), max_size=8)
weights = st.tuples(*[st.integers(0, 5).map(float)] * 3).filter(any)


def all_rules(steps: PathSteps, weight: Any) -> Any:
    return {
        "first": rules.first(steps),
        "last": rules.last(steps),
        "last-non-direct": rules.last_non_direct(steps),
        "linear": rules.linear(steps),
        "linear-distinct": rules.linear_distinct(steps),
        "position-w": rules.position_w(steps),
        "positional": rules.positional(steps, *weight),
        "time-decay": rules.time_decay(steps, 7.0),
    }


@given(words, weights)
def test_shares_of_a_path_add_up_to_one(
    words: list[str], weight: tuple[float, float, float]
) -> None:
    steps = path_steps(*words, age=[p for w in words for p in range(len(w), 0, -1)], direct="d")
    for name, shares in all_rules(steps, weight).items():
        sums = np.bincount(steps.row, shares, minlength=len(steps))
        np.testing.assert_allclose(sums, steps.length > 0, rtol=1e-12, err_msg=name)
        assert (shares >= 0).all()


@given(words)
def test_all_weight_on_the_last_touch_is_the_last_touch_exactly(words: list[str]) -> None:
    steps = path_steps(*words)
    np.testing.assert_array_equal(rules.positional(steps, 0, 0, 1), rules.last(steps))
    np.testing.assert_array_equal(rules.positional(steps, 3, 0, 0), rules.first(steps))


@given(words, weights)
def test_backwards_first_is_last(words: list[str], weight: tuple[float, float, float]) -> None:
    steps, back = path_steps(*words), path_steps(*(word[::-1] for word in words))
    pairs = [
        (rules.first(steps), rules.last(back)),
        (rules.positional(steps, *weight), rules.positional(back, *weight[::-1])),
        (rules.position_w(steps), rules.position_w(back)),
        (rules.linear_distinct(steps), rules.linear_distinct(back)),
    ]
    for one, other in pairs:
        for forth, turned in zip(by_walk(steps, one), by_walk(back, other), strict=True):
            assert forth == pytest.approx(turned[::-1])


@given(words)
def test_distinct_keys_of_a_path_share_equally(words: list[str]) -> None:
    steps = path_steps(*words)
    for word, shares in zip(words, by_walk(steps, rules.linear_distinct(steps)), strict=True):
        for letter in set(word):
            got = sum(s for seen, s in zip(word, shares, strict=True) if seen == letter)
            assert got == pytest.approx(Fraction(1, len(set(word))))


def test_an_infinite_half_life_is_linear() -> None:
    steps = path_steps("abc", "d", age=[30, 20, 10, 5])
    assert rules.time_decay(steps, 1e12) == pytest.approx(rules.linear(steps))
    nearly_last = rules.time_decay(replace(steps), 0.01)
    assert nearly_last == pytest.approx(rules.last(steps))
