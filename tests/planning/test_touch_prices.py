"""How many touches other spend buys, by the weeks of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.planning.touch_prices import bought_touches, touch_price

if TYPE_CHECKING:
    from numpy.typing import NDArray

MULTIPLES = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
DAYS = 119


def spend_of_days(seed: int = 1) -> NDArray[np.float64]:
    """Spend with levels that last a week, and days without any."""
    rng = np.random.default_rng(seed)
    levels = np.repeat(rng.uniform(0.3, 1.7, DAYS // 7), 7)
    return np.asarray(100.0 * levels * rng.uniform(0.8, 1.2, DAYS) * (np.arange(DAYS) % 10 > 0))


def saturating(spend: NDArray[np.float64], rise: float) -> NDArray[np.float64]:
    return np.asarray(-5e4 * np.expm1(-rise * spend / spend[spend > 0].mean()))


def test_what_other_spend_buys_follows_from_what_weeks_bought() -> None:
    spend = spend_of_days()
    touches = np.round(saturating(spend, 1.2))
    day = 1.2 * spend / spend[spend > 0].mean()
    truth = [float(-np.expm1(-multiple * day).sum()) for multiple in MULTIPLES]
    expected = np.array(truth) / truth[2]
    assert bought_touches(spend, touches, MULTIPLES) == pytest.approx(expected, abs=0.01)


def test_a_constant_price_buys_in_proportion() -> None:
    spend = spend_of_days()
    bought = bought_touches(spend, np.round(500 * spend), MULTIPLES)
    assert bought == pytest.approx(MULTIPLES, rel=0.01)


def test_units_of_money_and_the_share_of_customers_in_the_data_change_little() -> None:
    spend = spend_of_days()
    touches = np.round(saturating(spend, 1.2))
    first = bought_touches(spend, touches, MULTIPLES)
    assert bought_touches(1000 * spend, touches, MULTIPLES) == pytest.approx(first)
    assert bought_touches(spend, np.round(touches / 10), MULTIPLES) == pytest.approx(
        first, abs=0.02
    )


def test_without_evidence_the_prior_decides() -> None:
    steady = bought_touches(np.full(DAYS, 100.0), np.full(DAYS, 900.0), MULTIPLES)
    assert steady[[0, 2]] == pytest.approx([0.0, 1.0])
    assert steady[3] == pytest.approx(1.7, abs=0.05)
    # invoices in other weeks than those of the touches: scatter takes weight from a flat response
    rng = np.random.default_rng(3)
    spend = spend_of_days()
    touches = rng.permutation(spend.reshape(-1, 7)).ravel() * 300
    assert bought_touches(spend, touches, MULTIPLES)[3] > 1.4


def test_the_largest_week_is_what_was_observed() -> None:
    spend = np.full(DAYS, 10.0)
    spend[20:27] = 30.0
    price = touch_price(spend, 40 * spend, MULTIPLES)
    assert price.observed == pytest.approx(30.0 / spend.mean())
    assert price.bought[2] == pytest.approx(1.0)
    assert touch_price(np.full(DAYS, 10.0), spend, MULTIPLES).observed == 1.0


def test_few_weeks_tell_no_price() -> None:
    spend = np.full(35, 10.0)
    assert bought_touches(spend, np.full(35, 4.0), MULTIPLES).tolist() == MULTIPLES.tolist()
    nothing = np.zeros(DAYS)
    assert bought_touches(spend_of_days(), nothing, MULTIPLES).tolist() == MULTIPLES.tolist()
