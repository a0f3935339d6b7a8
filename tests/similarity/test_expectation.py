from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.similarity import expectation
from attrigraph.similarity.expectation import BANDWIDTHS, SHARES, SPREADS, KnownOutcomes
from themed_accounts import Account, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KNOWN = KnownOutcomes(
    np.array([[0.0, 0.2, 0.8], [0.2, 0.0, 0.9], [0.8, 0.9, 0.0]]),
    np.array([0.1, 0.3, 1.1]),
    np.array([0.2, 0.1, 0.3]),
)
NEW = np.array([0.1, 0.3, 0.85])


def one_answer(
    known: KnownOutcomes, row: Floats, setting: tuple[float, float, float], skip: int | None
) -> tuple[float, float, float, list[float]]:
    """The formulas of the module for one campaign, term by term: mean, variance, m and weights."""
    bandwidth, between, within = setting
    n = len(known.values)
    apart = [known.distances[i, j] for i in range(n) for j in range(n) if i != j]
    nearest = [min(known.distances[i, j] for j in range(n) if j != i) for i in range(n)]
    unit = np.median(apart) - np.median(nearest)
    others = [i for i in range(n) if i != skip]
    k = {
        i: math.exp(-((max(row[i] - np.median(nearest), 0) / (bandwidth * unit)) ** 2))
        for i in others
    }
    noise = {i: known.errors[i] ** 2 + within for i in others}
    of_all = {i: 1 / (noise[i] + between) for i in others}
    m = sum(of_all[i] * known.values[i] for i in others) / sum(of_all.values())
    if between == 0:
        return m, within + 1 / sum(of_all.values()), m, [0.0] * n
    precision = 1 / between + sum(k[i] / noise[i] for i in others)
    mean = (m / between + sum(k[i] * known.values[i] / noise[i] for i in others)) / precision
    shrunk = 1 / between / precision
    variance = 1 / precision + shrunk**2 / sum(of_all.values()) + within
    return mean, variance, m, [k[i] / noise[i] / precision if i in k else 0.0 for i in range(n)]


def settings() -> list[tuple[float, tuple[float, float, float]]]:
    """Each setting with its prior."""
    return [
        (0.8 if share == 0 else 0.2 / 6, (h, share * spread**2, (1 - share) * spread**2))
        for h in BANDWIDTHS
        for spread in SPREADS
        for share in SHARES
    ]


def log_density(known: KnownOutcomes, setting: tuple[float, float, float], row: int) -> float:
    mean, variance, *_ = one_answer(known, known.distances[row], setting, row)
    total = variance + known.errors[row] ** 2
    return float(-(math.log(total) + (known.values[row] - mean) ** 2 / total) / 2)


def naive(known: KnownOutcomes, row: Floats, skip: int | None) -> tuple[float, float, list[float]]:
    """Mean, spread and weights, averaged over all settings one by one."""
    others = [i for i in range(len(known.values)) if i != skip]
    weights, answers = [], []
    for prior, setting in settings():
        density = sum(log_density(known, setting, i) for i in others)
        weights.append(prior * math.exp(density))
        answers.append(one_answer(known, row, setting, skip))
    share = np.array(weights) / sum(weights)
    mean = sum(w * a[0] for w, a in zip(share, answers, strict=True))
    square = sum(w * (a[1] + a[0] ** 2) for w, a in zip(share, answers, strict=True))
    neighbours = sum(w * np.array(a[3]) for w, a in zip(share, answers, strict=True))
    return mean, math.sqrt(square - mean**2), np.asarray(neighbours).tolist()


def test_an_answer_is_the_average_of_all_settings() -> None:
    found = KNOWN.expected(NEW[None])
    mean, spread, weights = naive(KNOWN, NEW, None)
    assert found.mean[0] == pytest.approx(mean, rel=1e-12)
    assert found.spread[0] == pytest.approx(spread, rel=1e-9)
    assert found.weights[0] == pytest.approx(weights, rel=1e-9)


def test_a_campaign_that_is_left_out_knows_nothing_of_itself() -> None:
    found = KNOWN.left_out()
    for row in range(3):
        mean, spread, weights = naive(KNOWN, KNOWN.distances[row], row)
        assert found.mean[row] == pytest.approx(mean, rel=1e-12)
        assert found.spread[row] == pytest.approx(spread, rel=1e-9)
        assert found.weights[row] == pytest.approx(weights, rel=1e-9)
        assert found.weights[row, row] == 0


def test_one_setting_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    # two neighbours that count wholly, each with a precision of 1 / (.04 + .21) = 4
    known = KnownOutcomes(np.zeros((2, 2)), np.array([0.0, 0.9]), np.array([0.2, 0.2]))
    monkeypatch.setattr(expectation, "BETWEEN", np.array([1.0]))
    monkeypatch.setattr(expectation, "WITHIN", np.array([0.21]))
    monkeypatch.setattr(expectation, "LOG_PRIOR", np.zeros(1))
    monkeypatch.setattr(expectation, "BANDWIDTHS", (1.0,))
    found = known.expected(np.zeros((1, 2)))
    # precision 1 + 4 + 4 = 9; m = .45 with variance 1.25 / 2
    assert found.mean[0] == pytest.approx((0.45 + 4 * 0.9) / 9)
    assert found.weights[0] == pytest.approx([4 / 9, 4 / 9])
    assert (found.common[0], found.common_weight[0]) == pytest.approx((0.45, 1 / 9))
    assert found.spread[0] ** 2 == pytest.approx(1 / 9 + 0.625 / 81 + 0.21)


def test_laws() -> None:
    outcomes, _ = Account(25, 3).simulate(5)
    row = outcomes.distances[:1]
    found = outcomes.expected(row)
    assert found.weights.min() >= 0
    assert found.weights.sum() + found.common_weight[0] == pytest.approx(1)
    far = outcomes.expected(np.full((1, len(outcomes.values)), 2.0))
    assert far.common_weight[0] > 0.99
    assert far.mean[0] == pytest.approx(far.common[0], abs=0.01)
    assert far.spread[0] > found.spread[0]
    doubled = KnownOutcomes(outcomes.distances, outcomes.values + np.log(2), outcomes.errors)
    assert doubled.expected(row).mean[0] == pytest.approx(found.mean[0] + np.log(2))
    order = np.random.default_rng(1).permutation(len(outcomes.values))
    turned = KnownOutcomes(
        outcomes.distances[np.ix_(order, order)], outcomes.values[order], outcomes.errors[order]
    )
    assert turned.expected(row[:, order]).mean[0] == pytest.approx(found.mean[0])


def test_equal_outcomes_are_expected_again() -> None:
    known = KnownOutcomes(np.zeros((12, 12)), np.full(12, 0.7), np.zeros(12))
    found = known.expected(np.zeros((1, 12)))
    assert found.mean[0] == pytest.approx(0.7)
    low, high = found.interval()
    assert 0 < high[0] - low[0] < 0.2


def test_an_interval_holds_the_error_of_what_is_measured() -> None:
    found = KNOWN.expected(NEW[None])
    low, high = found.interval(0.5)
    # 2 degrees of freedom: the .95 quantile of t is 2.920
    assert (high - low)[0] / 2 == pytest.approx(2.91999 * np.hypot(found.spread[0], 0.5), rel=1e-5)


# a short form of benchmarks/expectation.py
def test_neighbours_help_and_intervals_hold_what_is_measured() -> None:
    judged = judge(Account(30, 4), range(101, 105))
    assert judged.ratio < 0.95
    assert 0.83 <= judged.covered.mean() <= 0.97


def test_texts_without_information_do_no_harm() -> None:
    judged = judge(Account(30, 4, share=0.0), range(101, 105))
    assert judged.ratio < 1.03
    assert 0.83 <= judged.covered.mean() <= 0.97
