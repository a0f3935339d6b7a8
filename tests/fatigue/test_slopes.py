"""Shrunk slopes against the maximum of their posterior, and what they are of without clicks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from attrigraph.fatigue.slopes import BLOCK, common_slopes, shrunk_slopes


def counts(
    seed: int, n: int = 60, days: int = 12, rate: float = 0.01, mean: float = -0.1, sd: float = 0.05
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Clicks, impressions and days of units, and their true slopes."""
    rng = np.random.default_rng(seed)
    slope = rng.normal(mean, sd, n)
    x = np.tile(np.arange(float(days)), (n, 1))
    impressions = rng.integers(0, 20_000, (n, days)).astype(float)
    clicks = rng.poisson(impressions * rate * np.exp(slope[:, None] * x)).astype(float)
    return clicks, impressions, x, slope


def test_slopes_are_at_the_highest_posterior_density() -> None:
    clicks, impressions, x, _ = counts(0)
    fitted = shrunk_slopes(clicks, impressions, x)

    def loss(both: np.ndarray, unit: int) -> float:
        level, slope = both
        log = level + slope * x[unit]
        likelihood = (clicks[unit] * log - impressions[unit] * np.exp(log)).sum()
        return float(-likelihood + (slope - fitted.mean) ** 2 / (2 * fitted.deviation**2))

    for unit in (0, 7, 31):
        found = minimize(loss, (-4.6, -0.1), (unit,), method="Nelder-Mead", tol=1e-10).x
        assert fitted.slope[unit] == pytest.approx(found[1], abs=1e-5)
        # the level alone has half a click more, so that it exists without clicks
        assert fitted.level[unit] == pytest.approx(found[0], abs=1 / clicks[unit].sum())


def test_mean_and_spread_of_slopes_are_found() -> None:
    fitted = shrunk_slopes(*counts(1, n=2000)[:3])
    assert fitted.mean == pytest.approx(-0.1, abs=0.005)
    assert fitted.deviation == pytest.approx(0.05, rel=0.15)


def test_slopes_that_are_the_same_are_not_spread() -> None:
    fitted = shrunk_slopes(*counts(2, n=500, sd=0.0)[:3])
    assert fitted.deviation < 0.01
    assert np.abs(fitted.slope + 0.1).max() < 0.02


def test_shrinkage_is_better_than_none() -> None:
    clicks, impressions, x, slope = counts(3, n=500, rate=0.0005)
    shrunk = shrunk_slopes(clicks, impressions, x).slope
    alone = np.concatenate(
        [shrunk_slopes(*(table[[unit]] for table in (clicks, impressions, x))).slope
         for unit in range(len(slope))]
    )  # fmt: skip
    assert ((shrunk - slope) ** 2).mean() < 0.5 * ((alone - slope) ** 2).mean()


def test_slopes_around_zero_keep_their_spread() -> None:
    clicks, impressions, x, _ = counts(4, n=500, mean=-0.1, rate=0.05)
    # the same figures backwards in time, so that slopes cancel out
    clicks, impressions = (
        np.concatenate([table, table[:, ::-1]]) for table in (clicks, impressions)
    )
    fitted = shrunk_slopes(clicks, impressions, np.concatenate([x, x]))
    assert fitted.mean == pytest.approx(0, abs=0.005)
    assert fitted.deviation == pytest.approx((0.1**2 + 0.05**2) ** 0.5, rel=0.15)


def test_days_without_impressions_do_not_count() -> None:
    clicks, impressions, x, _ = counts(5)
    shown = impressions > 0
    other = shrunk_slopes(np.where(shown, clicks, 7), impressions, np.where(shown, x, -90_000.0))
    assert other.slope == pytest.approx(shrunk_slopes(clicks, impressions, x).slope)
    assert np.isfinite(other.level).all()


@pytest.mark.parametrize("shape", [(0, 5), (1, 1), (3, 4)])
def test_units_without_impressions_have_the_slope_of_all(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape)
    fitted = shrunk_slopes(nothing, nothing, nothing)
    assert fitted.slope.tolist() == [0.0] * shape[0]
    assert np.isfinite(fitted.level).all()
    assert (fitted.mean, fitted.deviation) == (0.0, 0.0)


def test_a_unit_of_one_day_has_the_mean_slope() -> None:
    clicks, impressions, x, _ = counts(6)
    clicks[0, 1:] = impressions[0, 1:] = 0
    fitted = shrunk_slopes(clicks, impressions, x)
    assert fitted.slope[0] == pytest.approx(fitted.mean)


@pytest.mark.parametrize("unit", [1e-3, 1e4])
def test_slopes_do_not_depend_on_the_unit_of_x(unit: float) -> None:
    clicks, impressions, x, _ = counts(7)
    expected = shrunk_slopes(clicks, impressions, x).slope
    assert shrunk_slopes(clicks, impressions, unit * x).slope * unit == pytest.approx(expected)


def launched(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clicks, impressions and days of units that begin and end on different days."""
    clicks, impressions, x, _ = counts(seed, n=n, days=20)
    first = np.random.default_rng(seed).integers(0, 15, n)
    day = np.arange(20)
    live = (day >= first[:, None]) & (day < first[:, None] + 9)
    return clicks * live, impressions * live, x


def test_the_order_of_units_changes_nothing() -> None:
    tables = launched(8, n=BLOCK + 300)
    order = np.random.default_rng(0).permutation(BLOCK + 300)
    found = shrunk_slopes(*tables)
    other = shrunk_slopes(*(table[order] for table in tables))
    assert other.slope == pytest.approx(found.slope[order], rel=1e-6)
    assert other.level == pytest.approx(found.level[order], rel=1e-6)


def test_units_of_a_given_prior_are_fitted_each_alone() -> None:
    clicks, impressions, x = launched(9, n=40)
    prior = np.array([-0.1, 0.05])
    found = shrunk_slopes(clicks, impressions, x, prior=prior)
    for unit in (0, 13, 39):
        one = [unit]
        alone = shrunk_slopes(clicks[one], impressions[one], x[one], prior=prior)
        assert alone.slope == pytest.approx(found.slope[[unit]])
        assert alone.level == pytest.approx(found.level[[unit]])


def test_common_slopes_have_the_highest_likelihood() -> None:
    clicks, impressions, day = launched(10, n=200)
    x = np.stack([day, np.random.default_rng(1).normal(size=day.shape)])
    found = common_slopes(clicks, impressions, x)

    def loss(slope: np.ndarray) -> float:
        rate = impressions * np.exp(np.tensordot(slope, x, 1))
        seen = clicks > 0
        share = (rate / np.maximum(rate.sum(axis=1, keepdims=True), 1e-300))[seen]
        return float(-(clicks[seen] * np.log(share)).sum())

    expected = minimize(loss, (0.0, 0.0), method="Nelder-Mead", tol=1e-10).x
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_covariate_that_never_changes_has_no_slope() -> None:
    clicks, impressions, day = launched(11, n=50)
    constant = np.tile(np.linspace(1, 2, 50)[:, None], day.shape[1])
    alone = common_slopes(clicks, impressions, day[None])
    found = common_slopes(clicks, impressions, np.stack([day, constant]))
    assert found == pytest.approx([alone[0], 0.0])
    assert common_slopes(clicks, impressions, constant[None]).tolist() == [0.0]
