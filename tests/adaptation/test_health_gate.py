"""The health of conversion rates: of an account without change, and where tracking is broken."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.adaptation.conversion_rates import DailyRates
from attrigraph.adaptation.health_gate import (
    LOOK_BACK_DAYS,
    MAX_CAMPAIGNS,
    WINDOW_DAYS,
    Health,
    health_of,
)


def account(n: int = 40, days: int = 70, *, mixed_from: int | None = None) -> DailyRates:
    """Campaigns with rates of their own; from a day on conversions are joined to wrong ones."""
    rng = np.random.default_rng(1)
    exposed = rng.poisson(3000, (n, days))
    mean = 30 * np.exp(0.7 * rng.normal(size=(n, 1))) * (1 + 0.3 * np.sin(np.arange(days) * 0.9))
    conversions = rng.poisson(mean)
    for day in range(days if mixed_from is None else mixed_from, days):
        conversions[:, day] = rng.permutation(conversions[:, day])
    return DailyRates(tuple(map(str, range(n))), 0, exposed, conversions)


def health(rates: DailyRates) -> Health:
    found = health_of(rates)
    assert found is not None
    return found


def test_an_account_without_change_is_stable() -> None:
    found = health(account())
    assert (found.mode, found.step, found.campaigns) == ("stable", 1.0, 40)
    assert found.coherence > 0.75
    assert found.by_chance == pytest.approx(8 / 39)


def test_conversions_that_are_joined_to_wrong_campaigns_freeze_updates() -> None:
    found = health(account(mixed_from=45))
    assert (found.mode, found.step) == ("freeze", 0.0)


def test_a_change_of_long_ago_no_longer_matters() -> None:
    moved = account(days=WINDOW_DAYS + LOOK_BACK_DAYS + 40)
    moved.conversions[:20, :30] //= 4
    assert health(moved.between(0, 45)).mode != "stable"
    assert health(moved).mode == "stable"


def test_a_market_that_moves_as_a_whole_is_healthy() -> None:
    falling = account()
    falling.conversions[:, 50:] //= 2
    assert health(falling).mode == "stable"


def test_there_is_none_before_a_window_is_full() -> None:
    assert health_of(account(days=WINDOW_DAYS - 1)) is None
    assert health(account(days=WINDOW_DAYS)).mode == "stable"


def test_few_campaigns_say_little_and_of_many_the_largest_are_compared() -> None:
    assert health(account(n=2)).by_chance == 1
    assert health(account(n=MAX_CAMPAIGNS + 5)).campaigns == MAX_CAMPAIGNS
