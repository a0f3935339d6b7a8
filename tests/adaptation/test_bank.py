"""Patterns: recall against brute force, what is kept, and two regimes that alternate."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.adaptation.adapter import load_state, state_of
from attrigraph.adaptation.bank import RECENT, Case, Pattern, PatternBank, quality
from attrigraph.adaptation.losses import SquaredLoss
from attrigraph.adaptation.low_rank import LowRank
from attrigraph.archive import from_bytes, to_bytes
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.adaptation.adapter import Floats

LOSS = SquaredLoss()


def unit(seed: int, n: int = 4) -> Floats:
    values = np.random.default_rng(seed).normal(size=n)
    return np.asarray(values / np.linalg.norm(values))


def pattern(seed: int, *, of_quality: float = 0.9) -> Pattern:
    adapter = LowRank(2, 3, seed=seed)
    adapter.b[...] = np.random.default_rng(seed).normal(size=(2, 2))
    return Pattern(unit(seed), state_of(adapter), of_quality, last_used=float(seed))


def test_quality_by_hand() -> None:
    assert quality(1.0, 4.0) == 0.75
    assert quality(5.0, 4.0) == 0.0
    assert quality(0.0, 0.0) == 0.0


def test_patterns_of_low_quality_are_not_kept() -> None:
    bank = PatternBank()
    assert not bank.add(pattern(0, of_quality=0.29))
    assert not bank.add(pattern(0, of_quality=np.nan))
    assert bank.add(pattern(0, of_quality=0.3))
    assert len(bank.patterns) == 1


def test_contexts_of_another_length_or_size_are_refused() -> None:
    bank = PatternBank([pattern(0)])
    with pytest.raises(InputError, match="must have length 1"):
        bank.add(Pattern(2 * unit(0), {}, 0.9))
    with pytest.raises(InputError, match=r"must have the shape \(4,\), got \(5,\)"):
        bank.add(Pattern(unit(0, 5), {}, 0.9))


@given(seeds=st.lists(st.integers(0, 200), max_size=12, unique=True), query=st.integers(0, 200))
def test_the_nearest_pattern_is_that_of_brute_force(seeds: list[int], query: int) -> None:
    found = PatternBank([pattern(seed) for seed in seeds]).nearest(unit(query))
    cosines = {seed: float(unit(seed) @ unit(query)) for seed in seeds}
    best = max(cosines, key=lambda seed: cosines[seed], default=None)
    if best is None or cosines[best] <= 0.8:
        assert found is None
    else:
        assert found is not None
        assert found.last_used == best


def test_a_pattern_is_loaded_only_where_it_beats_the_present_adapter() -> None:
    kept, adapter = pattern(1), LowRank(2, 3)
    other = LowRank(2, 3)
    load_state(other, kept.state)
    bank = PatternBank([kept])
    xs = np.random.default_rng(0).normal(size=(RECENT, 3))
    good = [Case(x, np.zeros(2), other.correction(x)) for x in xs]
    bad = [Case(x, np.zeros(2), -other.correction(x)) for x in xs]

    before = state_of(adapter)
    assert not bank.recall(kept.context, adapter, [], LOSS)
    assert not bank.recall(-kept.context, adapter, good, LOSS)
    assert not bank.recall(kept.context, adapter, [*good, *bad], LOSS)  # the last count
    for name, array in adapter.parameters.items():
        np.testing.assert_array_equal(array, before[name])
    assert bank.recall(kept.context, adapter, [*bad, *good], LOSS)
    np.testing.assert_array_equal(adapter.correction(xs[0]), other.correction(xs[0]))


def test_consolidation_keeps_the_best_of_each_cluster() -> None:
    bank = PatternBank()
    for group in range(2):
        for member in range(6):
            near = unit(group) + 0.01 * unit(100 + member)
            bank.add(
                Pattern(near / np.linalg.norm(near), {"b": np.array([group])}, 0.4 + member / 20)
            )
    bank.consolidate()
    assert sorted(kept.state["b"][0] for kept in bank.patterns) == [0, 1]
    assert [kept.count for kept in bank.patterns] == [6, 6]
    assert {kept.quality for kept in bank.patterns} == {0.65}


def test_few_patterns_stay_as_they_are() -> None:
    bank = PatternBank([pattern(seed) for seed in range(4)])
    bank.consolidate()
    assert len(bank.patterns) == 4


@pytest.mark.parametrize("n", [0, 3])
def test_a_bank_is_restored_to_the_bit(n: int) -> None:
    bank = PatternBank([pattern(seed) for seed in range(n)])
    other = PatternBank.from_arrays(from_bytes(to_bytes(bank.to_arrays())))
    assert len(other.patterns) == n
    for one, same in zip(bank.patterns, other.patterns, strict=True):
        np.testing.assert_array_equal(one.context, same.context)
        assert (one.quality, one.count, one.last_used) == (
            (same.quality, same.count, same.last_used)
        )
        for name, array in one.state.items():
            np.testing.assert_array_equal(array, same.state[name])


def alternating_error(*, with_bank: bool, blocks: int = 8, length: int = 400) -> float:
    """Error in the first 50 cases of a block, of two regimes in turn, from the third block on."""
    rng = np.random.default_rng(5)
    changes = [np.outer(rng.normal(size=5), rng.normal(size=32)) / 2 for _ in range(2)]
    contexts = [unit(0), unit(1)]
    recent: list[deque[Case]] = [deque(maxlen=RECENT), deque(maxlen=RECENT)]
    adapter, bank, errors = LowRank(5, 32), PatternBank(), []
    for block in range(blocks):
        regime = block % 2
        if with_bank:
            bank.recall(contexts[regime], adapter, list(recent[regime]), LOSS)
        for case in range(length):
            x = rng.normal(size=32)
            y = changes[regime] @ x + 0.3 * rng.normal(size=5)
            correction = adapter.correction(x)
            if block >= 2 and case < 50:
                errors.append(float(((correction - y) ** 2).mean()))
            adapter.learn(x, correction - y)
            recent[regime].append(Case(x, np.zeros(5), y))
        bank.add(Pattern(contexts[regime], state_of(adapter), 0.9))
    return float(np.mean(errors))


def test_with_a_bank_a_regime_that_comes_back_costs_a_fraction() -> None:
    without, with_bank = (alternating_error(with_bank=each) for each in (False, True))
    assert without > 3
    assert with_bank < 0.15 * without
