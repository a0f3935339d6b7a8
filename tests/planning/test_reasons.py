"""Reasons, marginal returns and prices of limits, against curves and neighbouring plans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.plan import Reason
from attrigraph.planning.request import CampaignGroup, MeasureLimit, PlannedCampaign, PlanRequest
from attrigraph.planning.responses import Exponential, Tabulated
from budget_problems import REQUEST, SEARCH, SOCIAL

if TYPE_CHECKING:
    from attrigraph.planning.plan import BudgetPlan

PINNED: Final = PlannedCampaign("a", 80.0, 80.0, Exponential(300, 40))
FREE: Final = PlannedCampaign("b", 0.0, 80.0, Exponential(200, 40))
FIXED: Final = PlanRequest((PINNED, FREE), 100.0)
HARMFUL: Final = PlannedCampaign("harmful", 0.0, 80.0, Tabulated((0, 80), (0, -53.6)))


def prices(plan: BudgetPlan) -> dict[str, float]:
    return {found.limit: found.price for found in plan.limits}


def test_a_campaign_with_equal_limits_has_the_return_of_its_curve() -> None:
    plan = allocate(FIXED)
    own = plan.allocations[0]
    assert own.marginal_return == pytest.approx(300 / 40 * np.exp(-2), rel=1e-3)
    assert own.reason is Reason.AT_MINIMUM
    assert own.explanation.startswith(
        "at its min and max of 80; the next unit of money would bring"
    )
    assert "1.02 here" in own.explanation


def test_its_limit_is_priced_by_what_it_brings_and_what_others_would() -> None:
    found = prices(allocate(FIXED))
    assert set(found) == {"budget", "min of a"}
    marginal = 300 / 40 * np.exp(-2)
    assert found["min of a"] == pytest.approx(found["budget"] - marginal, rel=1e-3)
    # one cent less for a is one cent more for b
    less = replace(PINNED, minimum=79.99, maximum=79.99)
    gain = allocate(replace(FIXED, campaigns=(less, FREE))).value.value
    difference = (gain - allocate(FIXED).value.value) / 0.01
    assert found["min of a"] == pytest.approx(difference, rel=1e-3)


def test_a_campaign_that_is_switched_off_has_the_return_of_its_first_unit() -> None:
    off = replace(PINNED, minimum=0.0, maximum=0.0)
    plan = allocate(replace(FIXED, campaigns=(off, FREE), budget=40.0))
    own = plan.allocations[0]
    assert own.marginal_return == pytest.approx(7.5, rel=1e-3)
    assert own.reason is Reason.AT_MAXIMUM
    found = prices(plan)
    assert found["max of a"] == pytest.approx(7.5 - found["budget"], rel=1e-3)


def test_the_season_and_a_common_response_count_in_equal_limits() -> None:
    group = CampaignGroup("both", ("a", "b"), response=Tabulated((0, 160), (0, 80)))
    plan = allocate(replace(FIXED, groups=(group,), season=2.0))
    slope = 300 / 40 * np.exp(-2) + 80 / 160
    assert plan.allocations[0].marginal_return == pytest.approx(2 * slope, rel=1e-3)


@pytest.mark.parametrize("seed", range(12))
def test_prices_of_equal_limits_are_differences_of_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spend = float(rng.choice([0.0, rng.uniform(20, 300)]))
    pinned = PlannedCampaign(
        "a", spend, spend, Exponential(rng.uniform(50, 3000), rng.uniform(50, 600))
    )
    curves = [Exponential(rng.uniform(50, 3000), rng.uniform(50, 600)) for _ in range(3)]
    others = [PlannedCampaign(f"c{i}", 0.0, 400.0, curve) for i, curve in enumerate(curves)]
    budget = spend + float(rng.uniform(50, 1150))
    request = PlanRequest((pinned, *others), budget)
    found, step = prices(allocate(request)), 1e-3

    def gain(change: float) -> float:
        moved = replace(pinned, minimum=spend + change, maximum=spend + change)
        changed = allocate(replace(request, campaigns=(moved, *others)))
        return (changed.value.value - allocate(request).value.value) / step

    scale = pinned.response.limit / pinned.response.scale  # type: ignore[union-attr]
    up = max(gain(step), 0.0)
    down = max(gain(-step), 0.0) if spend > 0 else 0.0
    assert found.get("max of a", 0.0) == pytest.approx(up, abs=2e-3 * scale)
    assert found.get("min of a", 0.0) == pytest.approx(down, abs=2e-3 * scale)


def test_freezing_never_moves_an_old_spend_to_a_limit() -> None:
    campaigns = (replace(SEARCH, old=90.0), replace(SOCIAL, old=950.0))
    with pytest.raises(InputError) as error:
        allocate(replace(REQUEST, campaigns=campaigns, freeze=True, budget=2000.0))
    assert str(error.value) == (
        "campaign 'search': its old spend of 90.00 EUR is below its min of 100.00; a frozen plan "
        "keeps it, so change the limit or leave out freeze; campaign 'social': its old spend of "
        "950.00 EUR is above its max of 900.00; a frozen plan keeps it, so change the limit or "
        "leave out freeze"
    )


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            replace(REQUEST, budget=700.0),
            "the old spends sum to 800.00 EUR, which is 100.00 above the budget of 700.00",
        ),
        (
            replace(REQUEST, groups=(CampaignGroup("paid", ("search", "social"), maximum=600.0),)),
            "'paid': the old spends come to 800.00, which is above the max of 600.00",
        ),
        (
            replace(REQUEST, limits=(MeasureLimit("co2", {"social": 0.5}, minimum=300.0),)),
            "'co2': the old spends come to 200.00, which is below the min of 300.00",
        ),
        (
            replace(REQUEST, campaigns=(SEARCH, replace(SOCIAL, whole=True))),
            "400.00 EUR is between 0.00 and 900.00, although it is bought whole or not",
        ),
    ],
)
def test_each_limit_that_a_frozen_plan_breaks_is_named(request_: PlanRequest, words: str) -> None:
    with pytest.raises(InputError, match=words):
        allocate(replace(request_, freeze=True))


def test_the_limits_of_a_frozen_plan_are_those_of_the_freeze() -> None:
    plan = allocate(replace(REQUEST, freeze=True))
    assert set(prices(plan)) == {"freeze of search", "freeze of social"}


def test_a_largest_change_that_the_budget_does_not_allow_is_named() -> None:
    with pytest.raises(InputError, match=r"that max_change = 0.1 allows, 720.00; .* larger change"):
        allocate(replace(REQUEST, budget=500.0, max_change=0.1))
    group = CampaignGroup("paid", ("search", "social"), maximum=600.0)
    with pytest.raises(InputError, match=r"limits of 'paid'; loosen one of them or the largest c"):
        allocate(replace(REQUEST, groups=(group,), max_change=0.1))


def test_a_campaign_that_would_lose_value_says_so() -> None:
    own = allocate(replace(FIXED, campaigns=(HARMFUL, FREE))).allocations[0]
    assert own.reason is Reason.NEGATIVE_RETURN
    assert own.explanation == (
        "at its min of 0: by its curve the next unit of money would lose 0.67"
    )


def test_a_curve_that_falls_beyond_its_peak_stops_there_for_that_reason() -> None:
    peak = PlannedCampaign("peak", 0.0, 80.0, Tabulated((0, 8, 80), (0, 40, 20)))
    plan = allocate(PlanRequest((peak,), 100.0))
    assert plan.left_over == pytest.approx(92.0)
    assert plan.allocations[0].reason is Reason.NEGATIVE_RETURN
    assert plan.allocations[0].explanation.startswith("between its limits: by its curve the next")


def test_a_harmful_campaign_with_equal_limits_is_priced_by_what_it_loses() -> None:
    pinned = replace(HARMFUL, minimum=40.0, maximum=40.0)
    plan = allocate(replace(FIXED, campaigns=(pinned, FREE), budget=60.0))
    assert plan.allocations[0].reason is Reason.NEGATIVE_RETURN
    found = prices(plan)
    assert found["min of harmful"] == pytest.approx(found["budget"] + 0.67, rel=1e-6)


def test_a_return_is_flat_by_what_others_bring_and_not_by_what_is_asked() -> None:
    plan = allocate(replace(FIXED, campaigns=(FREE,)), marginal_return=1e9)
    assert plan.allocations[0].reason is Reason.AT_MINIMUM
    assert plan.allocations[0].explanation.endswith("here and must bring 1000000000.00")


@pytest.mark.parametrize("peak", [4.0, 40.0])
def test_money_is_left_over_for_a_flat_curve(peak: float) -> None:
    flat = replace(FREE, response=Tabulated((0, peak, 80), (0, 40, 40)))
    plan = allocate(PlanRequest((flat,), 100.0))
    assert plan.left_over == pytest.approx(100 - peak)
    assert plan.allocations[0].reason is Reason.FLAT_CURVE
    assert plan.allocations[0].explanation.startswith("between its limits: by its curve further")


def test_a_curve_that_is_flat_below_a_largest_change_names_the_change() -> None:
    flat = replace(SOCIAL, response=Tabulated((0, 100, 900), (0, 500, 500)))
    own = allocate(replace(REQUEST, campaigns=(SEARCH, flat), max_change=0.1)).allocations[1]
    assert own.reason is Reason.FLAT_CURVE
    assert own.explanation.startswith(
        "at the least that its largest change allows, 360 EUR: by its"
    )


def test_a_limit_has_no_price_where_the_money_for_more_is_not_to_be_had() -> None:
    fixed = (PINNED, replace(FREE, minimum=20.0, maximum=20.0))
    request = replace(FIXED, campaigns=fixed)
    assert prices(allocate(request)) == {}
    # with money to spare, each has the return of its curve
    found = prices(allocate(replace(request, budget=101.0)))
    assert found == {
        "max of a": pytest.approx(7.5 * np.exp(-2), rel=1e-3),
        "max of b": pytest.approx(5 * np.exp(-0.5), rel=1e-3),
    }
    group = CampaignGroup("paid", ("a", "b"), maximum=100.0)
    assert prices(allocate(replace(request, budget=101.0, groups=(group,)))) == {}


def test_a_limit_is_priced_by_what_another_campaign_gives_up() -> None:
    """The budget is all that both maxima take: money for more of b comes from the end of a."""
    a = replace(PINNED, minimum=0.0)
    b = replace(FREE, maximum=20.0)
    line = Tabulated((0, 80), (0, 80))
    plan = allocate(replace(FIXED, campaigns=(replace(a, response=line), b)))
    assert plan.spent == 100
    found = {**prices(plan)}
    more = allocate(
        replace(FIXED, campaigns=(replace(a, response=line), replace(b, maximum=20.01)))
    )
    gain = (more.value.value - plan.value.value) / 0.01
    assert found["max of b"] == pytest.approx(gain, rel=0.05)
    assert found["max of b"] == pytest.approx(5 * np.exp(-0.5) - 1, rel=0.05)


def test_a_budget_that_is_found_limits_nothing() -> None:
    plan = allocate(replace(FIXED, campaigns=(FREE,)), marginal_return=0.0)
    assert prices(plan) == {"max of b": pytest.approx(5 * np.exp(-2), rel=0.06)}


@pytest.mark.parametrize("seed", range(12))
def test_prices_of_own_limits_are_differences_of_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    campaigns = tuple(
        PlannedCampaign(f"c{i}", low, low + 300.0, Exponential(*rng.uniform(100, 900, 2)))
        for i, low in enumerate(rng.uniform(20, 200, 4))
    )
    request = PlanRequest(campaigns, sum(c.minimum for c in campaigns) + rng.uniform(100, 1000))
    plan = allocate(request)
    for name, price in prices(plan).items():
        kind, _, campaign = name.partition(" of ")
        if kind in {"min", "max"}:
            field, step = ("minimum", -0.01) if kind == "min" else ("maximum", 0.01)
            number = int(campaign[1:])
            moved = replace(campaigns[number], **{field: getattr(campaigns[number], field) + step})
            others = (*campaigns[:number], moved, *campaigns[number + 1 :])
            changed = allocate(replace(request, campaigns=others))
            difference = (changed.value.value - plan.value.value) / 0.01
            assert price == pytest.approx(difference, abs=0.03 * plan.marginal_return)


def test_the_end_of_a_table_has_the_return_of_its_last_unit() -> None:
    table = replace(FREE, response=Tabulated((0, 40, 80), (0, 160, 240)))
    own = allocate(replace(FIXED, campaigns=(table,))).allocations[0]
    assert own.marginal_return == pytest.approx(2.0)
    assert own.reason is Reason.AT_MAXIMUM
