"""Returns that are drawn to each other: what data say of each decides how far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from attrigraph.planning.alike_returns import kept_differences, with_alike_returns
from attrigraph.planning.measured_curves import MeasuredCurve

MULTIPLES = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
SHAPE = np.array([0.0, 0.6, 1.0, 1.5, 1.7])
DRAWS = 400


def curve(name: str, spend: float, value: float, sd: float, seed: int = 0) -> MeasuredCurve:
    noise = np.random.default_rng(seed).standard_normal(DRAWS // 2)
    draws = (value + sd * np.concatenate([noise, -noise]))[:, None] * SHAPE
    return MeasuredCurve(name, spend, MULTIPLES, value * SHAPE, draws, 1.4, identified=True)


def three(sd: float) -> list[MeasuredCurve]:
    return [
        curve("a", 100.0, 400.0, sd, 1),
        curve("b", 100.0, 200.0, sd, 2),
        curve("c", 200.0, 300.0, 2 * sd, 3),
    ]


def values(curves: list[MeasuredCurve]) -> list[float]:
    return [one.now for one in curves]


def test_certain_returns_stay_and_those_without_evidence_are_equal() -> None:
    assert values(with_alike_returns(three(0.0))) == pytest.approx([400.0, 200.0, 300.0])
    alike = with_alike_returns(three(1e5))
    assert values(alike) == pytest.approx([225.0, 225.0, 450.0], rel=1e-3)


def test_a_single_curve_stays() -> None:
    for sd in (0.0, 1e-9, 50.0):
        [one] = with_alike_returns([curve("a", 100.0, 400.0, sd)])
        assert one.values == pytest.approx(400.0 * SHAPE)


def test_the_part_that_is_kept_is_its_posterior_mean() -> None:
    returns = np.array([4.0, 2.0])
    # deviations of the two from their mean are opposite, so half of the variance of one is left
    noise = np.sqrt(2) * np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    variance = 0.5
    size = np.sqrt(10.0)

    def density(s: float) -> float:
        likelihood = norm.pdf(1.0, scale=np.sqrt(variance + s**2)) ** 2
        return float(likelihood * norm.pdf(s, scale=size))

    ends = 0.01 * size, 2 * size
    whole = quad(density, *ends)[0]
    kept = quad(lambda s: density(s) * s**2 / (s**2 + variance), *ends)[0] / whole
    assert kept_differences(returns, noise) == pytest.approx([kept] * 2, abs=0.01)


def test_the_sum_of_values_stays_and_that_of_each_draw() -> None:
    before, after = three(150.0), with_alike_returns(three(150.0))
    assert sum(values(after)) == pytest.approx(900.0)
    sums = [sum(one.draws[:, one.one] for one in curves) for curves in (before, after)]
    assert sums[1] == pytest.approx(sums[0])
    for one, other in zip(before, after, strict=True):
        assert other.draws.std(axis=0)[2] <= one.draws.std(axis=0)[2]


def test_what_is_known_well_stays_beside_what_is_not() -> None:
    known, *others = three(1e4)
    known = replace(known, draws=np.tile(known.values, (DRAWS, 1)))
    first, second, third = with_alike_returns([known, *others])
    assert first.now == pytest.approx(400.0, rel=0.02)
    assert second.now / second.spend == pytest.approx(third.now / third.spend, rel=0.02)


def test_drawn_returns_are_closer_to_the_truth_than_estimates() -> None:
    rng = np.random.default_rng(5)
    errors = np.zeros(2)
    for _ in range(40):
        truth = 3 + rng.standard_normal(6)
        noise = 1.5 * rng.standard_normal(6)
        found = truth + noise
        deviations = 1.5 * rng.standard_normal((DRAWS, 6))
        curves = [
            MeasuredCurve(
                str(i),
                1.0,
                MULTIPLES,
                found[i] * SHAPE,
                (found[i] + deviations[:, i, None]) * SHAPE,
                1.4,
                identified=True,
            )
            for i in range(6)
        ]
        drawn = np.array(values(with_alike_returns(curves)))
        errors += [((found - truth) ** 2).mean(), ((drawn - truth) ** 2).mean()]
    assert errors[1] < 0.7 * errors[0]


def test_twice_the_money_changes_nothing_but_the_unit() -> None:
    dearer = [
        replace(one, spend=2 * one.spend, values=2 * one.values, draws=2 * one.draws)
        for one in three(100.0)
    ]
    doubled = values(with_alike_returns(dearer))
    assert doubled == pytest.approx([2 * one for one in values(with_alike_returns(three(100.0)))])


def test_a_curve_is_the_mean_of_the_shapes_of_its_draws() -> None:
    steep, flat = MULTIPLES * 100.0, np.minimum(MULTIPLES, 1.0) * 100.0
    one = MeasuredCurve("a", 50.0, MULTIPLES, steep, np.stack([steep, flat]), 1.0, identified=True)
    [drawn] = with_alike_returns([one])
    assert drawn.values == pytest.approx((steep + flat) / 2)
    assert drawn.draws == pytest.approx(one.draws)


def test_what_is_not_identified_stays_as_wide_as_it_is() -> None:
    first, second, third = three(150.0)
    before = float(second.draws[:, 2].std())
    after = [
        with_alike_returns([first, replace(second, identified=i), third])[1] for i in (True, False)
    ]
    narrow, wide = (float(one.draws[:, 2].std()) for one in after)
    assert narrow < 0.95 * before
    assert wide == pytest.approx(before, rel=0.02)


def test_curves_without_value_stay() -> None:
    nothing = replace(three(1.0)[0], id="nothing", values=0 * SHAPE)
    assert with_alike_returns([nothing]) == [nothing]
    assert with_alike_returns([nothing, *three(0.0)])[0] is nothing
    assert with_alike_returns([]) == []
