"""Plans in worlds whose response to spend is known reach what can be reached, or nearly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from attrigraph.planning.allocate import allocate
from attrigraph.planning.history import fit_history
from attrigraph.planning.history_data import SpendHistory
from attrigraph.planning.request import CampaignSynergy, PlannedCampaign, PlanRequest
from attrigraph.planning.responses import Tabulated, has_draws
from attrigraph.worlds.budget.calendar import daily_spend
from attrigraph.worlds.budget.catalogue import BUDGET_WORLDS
from attrigraph.worlds.budget.market import Market
from attrigraph.worlds.budget.simulation import daily_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.planning.responses import Response

START = date(2024, 3, 1)
MOST = 2.5


@cache
def market(name: str, days: int = 60) -> Market:
    spec = replace(BUDGET_WORLDS[name](), days=days)
    return Market(spec, 500_000, daily_spend(spec, 500_000, np.random.default_rng(7)))


@cache
def best(name: str, days: int = 60) -> float:
    """Value of the best plan, by SLSQP on the truth."""
    world = market(name, days)
    share = world.present / world.present.sum()
    scale = world.incremental_value(world.present)

    def loss(multiples: np.ndarray) -> float:
        return -world.incremental_value(np.maximum(multiples, 0) * world.present) / scale

    found = minimize(
        loss,
        np.ones(len(share)),
        method="SLSQP",
        bounds=[(0.0, MOST)] * len(share),
        constraints=LinearConstraint(share, 1.0, 1.0),
    )
    return float(-found.fun * scale)


def planned(
    world: Market, curves: Sequence[Response], synergies: Sequence[CampaignSynergy] = ()
) -> float:
    """Value under the truth of the best plan by curves."""
    campaigns = tuple(
        PlannedCampaign(campaign.name, 0.0, MOST * spend, curve, spend, envelope=True)
        for campaign, spend, curve in zip(
            world.spec.campaigns, world.present.tolist(), curves, strict=True
        )
    )
    budget = float(world.present.sum())
    request = PlanRequest(campaigns, budget, "EUR", START, START, synergies=tuple(synergies))
    plan = allocate(request)
    assert plan.spent == pytest.approx(budget)
    return world.incremental_value({a.campaign: a.spend for a in plan.allocations})


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_plans_by_true_curves_reach_95_percent_of_the_best(name: str) -> None:
    world = market(name)
    curves: list[Response] = []
    for campaign, spend in zip(world.spec.campaigns, world.present, strict=True):
        spends = np.linspace(0, MOST * spend, 13)
        values = world.without_synergies.curve(campaign.name, spends[1:])
        curves.append(Tabulated(tuple(spends.tolist()), (0.0, *values.tolist())))
    assert planned(world, curves, list(true_synergies(world))) >= 0.95 * best(name)


def true_synergies(world: Market) -> Iterator[CampaignSynergy]:
    """Each channel with a synergy has one campaign, of its name."""
    for number, synergy in enumerate(world.spec.synergies):
        inside = np.array([c.name in synergy.channels for c in world.spec.campaigns])
        worth = world.synergy_value(number, MOST * world.present * inside)
        yield CampaignSynergy(synergy.channels, worth)


def test_plans_by_curves_of_a_history_reach_85_percent_of_the_best() -> None:
    world = market("budget-season", 365)
    history = SpendHistory(
        tuple(campaign.name for campaign in world.spec.campaigns),
        tuple(world.spec.names[channel] for channel in world.spec.channel_of),
        world.spend,
        daily_value(world, np.random.default_rng(8)),
        START,
    )
    fit = fit_history(history, n_draws=60)
    assert fit.identified.tolist() == [True, False, True, True, True]
    curves = [fit.response(campaign) for campaign in history.campaigns]
    value = planned(world, curves)
    assert value >= 0.85 * best("budget-season", 365)
    assert value >= 0.98 * world.incremental_value(world.present)
    for curve, campaign, spend in zip(curves, history.campaigns, world.present, strict=True):
        present = np.array([spend])
        assert has_draws(curve)
        draws = [curve.draw(number).value(present)[0] for number in range(curve.n_draws)]
        assert min(draws) <= world.curve(campaign, present)[0] <= max(draws)
