from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.multi_touch.chain_answer import MAX_SHOWN, chain_answer
from attrigraph.attribution.multi_touch.markov import build_chain, losses_of
from attrigraph.domain import MarkovChain, RemovalEffect

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.domain import PathCounts
    from fixture_types import MakePaths


def answer_of(paths: PathCounts, order: int = 1) -> MarkovChain | None:
    chain = build_chain(paths, order)
    return chain_answer(chain, losses_of(chain))


def test_removal_effects_and_transitions_by_hand(make_paths: MakePaths) -> None:
    # from the start 2/8 to a, 2/8 to b, 1/8 convert; from a 1/2 to b, from where all convert:
    # 1/2 converts, 3/8 without a, and 1/8 without b, where a conversion is worth 14/3
    paths = make_paths([("ab", 1, 10, 0), ("a", 0, 0, 1), ("b", 2, 4, 0), ("", 1, 1, 3)])
    found = answer_of(paths)
    assert found is not None
    assert found.order == 1
    assert [one.key for one in found.removal_effects] == ["b", "a"]
    assert [one.conversions for one in found.removal_effects] == pytest.approx([3 / 4, 1 / 4])
    assert [one.value for one in found.removal_effects] == pytest.approx([14 / 15, 14 / 45])
    assert found.transitions is not None
    assert list(found.transitions.keys) == ["a", "b"]
    journeys = [list(row) for row in found.transitions.journeys]
    assert journeys == [[0, 1, 0, 1], [0, 0, 3, 0], [2, 2, 1, 3]]
    assert found.transitions.probability[0] == pytest.approx((0, 1 / 2, 0, 1 / 2))


def test_removal_effects_are_those_of_the_transitions(
    random_paths: Callable[[int, int, str], PathCounts],
) -> None:
    found = answer_of(random_paths(8, 400, "zipf"))
    assert found is not None
    assert found.transitions is not None
    keys, matrix = found.transitions.keys, np.array(found.transitions.probability)
    n = len(keys)

    def converting(without: int | None) -> float:
        """Probability to convert from the start, where journeys end at a key, step by step."""
        alive = np.array([key != without for key in range(n)])
        at, converted = matrix[n, :n] * alive, matrix[n, n]
        for _ in range(2000):
            converted += at @ matrix[:n, n]
            at = (at @ matrix[:n, :n]) * alive
        return float(converted)

    total = converting(None)
    expected = {key: 1 - converting(i) / total for i, key in enumerate(keys)}
    assert {one.key: one.conversions for one in found.removal_effects} == pytest.approx(expected)


def test_states_of_higher_orders_are_no_keys(make_paths: MakePaths) -> None:
    found = answer_of(make_paths([("ab", 1, 0, 1), ("ba", 1, 0, 0)]), 2)
    assert found is not None
    assert (found.order, found.transitions) == (2, None)
    # every conversion has both, and none has a value
    assert found.removal_effects == (RemovalEffect("a", 1.0, None), RemovalEffect("b", 1.0, None))


def test_many_keys_have_no_chain(random_paths: Callable[[int, int, str], PathCounts]) -> None:
    assert answer_of(random_paths(MAX_SHOWN, 200, "even")) is not None
    assert answer_of(random_paths(MAX_SHOWN + 1, 200, "even")) is None


def test_without_conversions_nothing_is_lost(make_paths: MakePaths) -> None:
    found = answer_of(make_paths([("a", 0, 0, 2)]))
    assert found is not None
    assert found.removal_effects == (RemovalEffect("a", 0.0, None),)
