"""Touches that spend buys, from rows of spend and the events of the same days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.data import EventData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import SpendDays
from attrigraph.services.accounts import accounts_for
from attrigraph.services.touch_prices import prices_by_key
from attrigraph.spend.accounts import Spend
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate
from priced_events import column

if TYPE_CHECKING:
    from attrigraph.worlds.data import World

MULTIPLES = np.array([0.0, 1.0, 2.0])


@pytest.fixture(scope="module")
def world() -> World:
    return simulate("budget-reach", 1, customers=600)


def spend_of(world: World) -> Spend:
    assert world.market is not None
    names, days = world.market.spec.names, world.market.spend.shape[1]
    rows = len(names) * days
    return Spend(
        SpendDays(
            date=np.tile(np.datetime64("2024-03-01", "D") + np.arange(days), len(names)),
            platform=column(*[0] * rows, keys=("ads",)),
            channel=column(*np.repeat(np.arange(len(names)), days).tolist(), keys=names),
            campaign=column(*[-1] * rows, keys=()),
            campaign_name=column(*[-1] * rows, keys=()),
            creative=column(*[-1] * rows, keys=()),
            cost=world.market.spend.ravel(),
            currency=column(*[0] * rows, keys=("EUR",)),
            zone=column(*[-1] * rows, keys=()),
            impressions=np.full(rows, np.nan),
            clicks=np.full(rows, np.nan),
        )
    )


def found(world: World, spend: Spend, factor: float = 1.0) -> dict[str, float]:
    """Touches that twice the spend buys, where the costs of keys are those of rows times factor."""
    data = EventData(event_table_of(world), JourneyOptions(), ModelOptions())
    accounts = accounts_for(data, spend)
    assert accounts.period is not None
    costs = {
        key: replace(one, cost=None if one.cost is None else factor * one.cost)
        for key, one in accounts.costs("channel").keys.items()
    }
    prices = prices_by_key(data, spend, accounts.period, costs, "channel", MULTIPLES)
    return {key: float(price.bought[2]) for key, price in prices.items()}


def test_channels_with_little_inventory_get_dearer(world: World) -> None:
    twice = found(world, spend_of(world))
    assert twice.keys() == {"social", "video", "search", "affiliate", "display"}
    # by the formula of the world 1.24 and 1.82, if all days had the mean spend
    assert twice["social"] == pytest.approx(1.24, abs=0.1)
    assert twice["video"] == pytest.approx(1.82, abs=0.2)


def test_rows_that_are_not_all_of_a_cost_tell_no_price(world: World) -> None:
    assert found(world, spend_of(world), factor=1.5) == {}
    assert found(world, Spend()) == {}
