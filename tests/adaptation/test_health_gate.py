"""The health of conversion rates: of an account without change, and where tracking is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.adaptation.health_gate import (
    LOOK_BACK_DAYS,
    MAX_CAMPAIGNS,
    WINDOW_DAYS,
    Health,
    health_of,
)
from rate_histories import rate_history

if TYPE_CHECKING:
    from attrigraph.adaptation.conversion_rates import DailyRates


def health(rates: DailyRates) -> Health:
    found = health_of(rates)
    assert found is not None
    return found


def test_an_account_without_change_is_stable() -> None:
    found = health(rate_history(seed=1))
    assert (found.mode, found.step, found.campaigns) == ("stable", 1.0, 40)
    assert found.coherence > 0.75
    assert found.by_chance == pytest.approx(8 / 39)


def test_conversions_that_are_joined_to_wrong_campaigns_freeze_updates() -> None:
    found = health(rate_history("campaigns are mixed up", seed=1).between(0, 140))
    assert (found.mode, found.step) == ("freeze", 0.0)


def test_a_change_of_long_ago_no_longer_matters() -> None:
    moved = rate_history("jumps", seed=1)
    change = moved.days * 2 // 3
    assert health(moved.between(0, change + 20)).mode != "stable"
    assert health(moved.between(0, change + WINDOW_DAYS + LOOK_BACK_DAYS)).mode == "stable"


def test_a_market_that_moves_as_a_whole_is_healthy() -> None:
    assert health(rate_history("market falls", seed=1).between(0, 140)).mode == "stable"


def test_there_is_none_before_a_window_is_full() -> None:
    assert health_of(rate_history(seed=1, days=WINDOW_DAYS - 1)) is None
    assert health(rate_history(seed=1, days=WINDOW_DAYS)).mode == "stable"


def test_few_campaigns_say_little_and_of_many_the_largest_are_compared() -> None:
    assert health(rate_history(seed=1, campaigns=2)).by_chance == 1
    assert health(rate_history(seed=1, campaigns=MAX_CAMPAIGNS + 5)).campaigns == MAX_CAMPAIGNS
