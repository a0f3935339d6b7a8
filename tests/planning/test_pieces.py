"""Pieces of curves whose maximum lies far above what the budget can reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.request import CampaignGroup, CampaignSynergy, PlannedCampaign, PlanRequest
from attrigraph.planning.responses import Exponential, Hill

SEARCH, SOCIAL = Exponential(20_000, 5_000), Exponential(9_000, 3_000)


def request_of(maximum: float, budget: float = 15_000.0) -> PlanRequest:
    """Two campaigns whose best plan is known by a grid."""
    return PlanRequest(
        (
            PlannedCampaign("search", 0.0, maximum, SEARCH, old=5_000.0),
            PlannedCampaign("social", 0.0, maximum, SOCIAL, old=5_000.0),
        ),
        budget=budget,
        currency="EUR",
        start=date(2026, 12, 1),
        end=date(2026, 12, 31),
    )


def best_on_grid(budget: float) -> float:
    spend = np.linspace(0, budget, 100_001)
    return float((SEARCH.value(spend) + SOCIAL.value(budget - spend)).max())


@pytest.mark.parametrize("maximum", [15_000.0, 75_000.0, 150_000.0, 1e6, 1e12, 1e300])
def test_a_large_maximum_does_not_change_the_plan(maximum: float) -> None:
    plan = allocate(request_of(maximum))
    spend = {one.campaign: np.array([one.spend]) for one in plan.allocations}
    true = float(SEARCH.value(spend["search"])[0] + SOCIAL.value(spend["social"])[0])
    best = best_on_grid(15_000.0)
    assert true == pytest.approx(best, rel=2e-3)
    assert plan.value.value == pytest.approx(best, rel=5e-3)
    assert plan.spent == pytest.approx(15_000.0)


def test_a_campaign_at_a_large_maximum_is_not_held_by_it() -> None:
    plan = allocate(request_of(1e9))
    assert {one.reason for one in plan.allocations} == {"equal-marginal-return"}
    assert [limit.limit for limit in plan.limits] == ["budget"]


def test_the_old_plan_is_valued_where_it_spends_more_than_the_budget() -> None:
    plan = allocate(request_of(1e9, budget=100.0))
    assert plan.old is not None
    old = float(SEARCH.value(np.array([5_000.0]))[0] + SOCIAL.value(np.array([5_000.0]))[0])
    assert plan.old.value.value == pytest.approx(old, rel=5e-3)


def test_responses_of_groups_end_where_the_budget_does() -> None:
    request = request_of(1e9)
    alone = tuple(replace(campaign, response=None) for campaign in request.campaigns)
    group = CampaignGroup("all", ("search", "social"), response=SEARCH)
    plan = allocate(replace(request, campaigns=alone, groups=(group,)))
    exact = float(SEARCH.value(np.array([15_000.0]))[0])
    assert plan.value.value == pytest.approx(exact, rel=5e-3)


def test_budgets_that_are_found_are_not_limited_by_that_of_the_request() -> None:
    target = float(SEARCH.value(np.array([20_000.0]))[0] + SOCIAL.value(np.array([9_000.0]))[0])
    plan = allocate(request_of(60_000.0, budget=0.0), target_value=target)
    assert plan.value.value == pytest.approx(target, rel=1e-6)
    assert plan.spent == pytest.approx(29_000, rel=0.05)


def test_a_curve_that_no_number_of_pieces_shows_is_an_error() -> None:
    with pytest.raises(InputError, match="'search' bends too far below"):
        allocate(request_of(1e9), marginal_return=1.0)
    together = CampaignSynergy(("search", "social"), 500.0)
    with pytest.raises(InputError, match="give it a max near what it may spend"):
        allocate(replace(request_of(1e9), synergies=(together,)))


def test_the_envelope_of_a_step_needs_no_more_pieces() -> None:
    request = request_of(900.0, budget=800.0)
    step = replace(request.campaigns[0], response=Hill(500, 400, 1_000), envelope=True)
    plan = allocate(replace(request, campaigns=(step, request.campaigns[1])))
    # the line from 0 to the end of the piece with the step at 400, one piece of 45 before that
    assert plan.envelope_gaps["search"] == pytest.approx(500 * 8 / 9, rel=1e-3)
    assert plan.certificate.problem.levels == 20
