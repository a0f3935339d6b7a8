"""Measured curves as campaigns of a plan: nothing is lost between what was credited and a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.formulation import formulate
from attrigraph.planning.measured_curves import (
    MeasuredCurve,
    MeasuredSynergy,
    PlannedCurves,
    planned_curves,
)
from attrigraph.planning.request import CampaignSynergy, PlannedCampaign, PlanRequest
from attrigraph.planning.responses import DrawnResponse, Tabulated
from attrigraph.planning.touch_prices import TouchPrice

MULTIPLES = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
SHAPE = np.array([0.0, 0.6, 1.0, 1.5, 1.7])


def curve(name: str, spend: float, value: float, seed: int = 0) -> MeasuredCurve:
    levels = value * (1 + 0.3 * np.random.default_rng(seed).standard_normal(80))
    values, draws = value * SHAPE, levels[:, None] * SHAPE
    return MeasuredCurve(name, spend, MULTIPLES, values, draws, 1.4, identified=True)


CURVES = (curve("a", 100.0, 300.0), curve("b", 50.0, 200.0, 1), curve("c", 80.0, 90.0, 2))
SYNERGIES = (MeasuredSynergy(("a", "b"), 60.0), MeasuredSynergy(("b", "c"), 40.0))
TRIPLE = MeasuredSynergy(("a", "b", "c"), 90.0)


def request_of(planned: PlannedCurves, budget: float = 230.0) -> PlanRequest:
    return PlanRequest(planned.campaigns, budget, "EUR", synergies=planned.synergies)


def value_at(request: PlanRequest, spends: list[float]) -> float:
    problem = formulate(request).problem
    return problem.value_of(problem.activity_of(np.array(spends)))


def own_values(campaign: PlannedCampaign, *spends: float) -> list[float]:
    assert campaign.response is not None
    return [float(value) for value in campaign.response.value(np.array(spends))]


def test_the_spend_of_today_is_worth_what_was_measured_with_and_without_synergies() -> None:
    total = sum(one.now for one in CURVES)
    for synergies in ((), SYNERGIES, (TRIPLE,), (*SYNERGIES, replace(TRIPLE, value=900.0))):
        request = request_of(planned_curves(CURVES, synergies, 1.0))
        old = [float(campaign.old or 0) for campaign in request.campaigns]
        assert old == [100.0, 50.0, 80.0]
        # a third of the way is no end of the 20 pieces, between which curves are lines
        levels = formulate(request, levels=30).problem
        assert levels.value_of(levels.activity_of(np.array(old))) == pytest.approx(total)


def test_a_synergy_is_its_value_at_the_ends_where_it_saturates_as_its_members_do() -> None:
    planned = planned_curves(CURVES, SYNERGIES[:1], 1.0)
    [synergy] = planned.synergies
    assert synergy.members == ("a", "b")
    assert synergy.value == pytest.approx(60.0 * 1.7)
    assert synergy.at == (300.0, 150.0)
    # the line has 60 * 1.7 / 3 of it today; half of that is taken from each curve
    assert own_values(planned.campaigns[0], 100.0) == pytest.approx([300.0 - 17.0])


def test_three_members_give_a_third_each() -> None:
    planned = planned_curves(CURVES, [TRIPLE], 1.0)
    [synergy] = planned.synergies
    assert (synergy.members, synergy.at) == (("a", "b", "c"), (300.0, 150.0, 240.0))
    assert synergy.value == pytest.approx(90.0 * 1.7)
    # the line has 90 * 1.7 / 3 of it today
    for campaign, old, value in zip(
        planned.campaigns, (100.0, 50.0, 80.0), (300, 200, 90), strict=True
    ):
        assert own_values(campaign, old) == pytest.approx([value - 17.0])


def test_synergies_leave_half_of_a_curve() -> None:
    planned = planned_curves(CURVES, [MeasuredSynergy(("a", "c"), 1_000.0)], 1.0)
    assert own_values(planned.campaigns[2], *(MULTIPLES * 80.0)) == pytest.approx(45.0 * SHAPE)
    total = sum(one.now for one in CURVES)
    problem = formulate(request_of(planned), levels=30).problem
    activity = problem.activity_of(np.array([100.0, 50.0, 80.0]))
    assert problem.value_of(activity) == pytest.approx(total)


def test_a_curve_that_harms_is_in_no_synergy() -> None:
    curves = (CURVES[0], curve("b", 50.0, -20.0))
    assert planned_curves(curves, SYNERGIES[:1], 1.0).synergies == ()
    assert planned_curves(CURVES[:1], SYNERGIES, 1.0).synergies == ()


def test_twice_the_days_are_twice_the_spend_for_twice_the_value() -> None:
    once, twice = (request_of(planned_curves(CURVES, SYNERGIES, f), f * 230.0) for f in (1.0, 2.0))
    for first, second in zip(once.campaigns, twice.campaigns, strict=True):
        assert second.old == 2 * (first.old or 0.0)
        assert second.maximum == 2 * first.maximum
    plans = [allocate(request) for request in (once, twice)]
    assert plans[1].value.value == pytest.approx(2 * plans[0].value.value)
    spends = [[one.spend for one in plan.allocations] for plan in plans]
    assert spends[1] == pytest.approx([2 * spend for spend in spends[0]])


def test_twice_the_money_is_twice_the_plan() -> None:
    def doubled(one: MeasuredCurve) -> MeasuredCurve:
        values, draws = 2 * one.values, 2 * one.draws
        return MeasuredCurve(one.id, 2 * one.spend, MULTIPLES, values, draws, 1.4, identified=True)

    dearer = [MeasuredSynergy(one.members, 2 * one.value) for one in SYNERGIES]
    plan = allocate(request_of(planned_curves(CURVES, SYNERGIES, 1.0)))
    other = allocate(request_of(planned_curves([*map(doubled, CURVES)], dearer, 1.0), 460.0))
    assert other.value.value == pytest.approx(2 * plan.value.value)
    assert other.value.low == pytest.approx(2 * plan.value.low)
    assert other.marginal_return == pytest.approx(plan.marginal_return)


def test_a_curve_by_touches_is_one_by_spend_where_touches_get_dearer() -> None:
    bought = np.array([0.0, 0.6, 1.0, 1.4, 1.6])
    one = CURVES[0].by_spend(TouchPrice(bought, observed=2.5))
    # 1.4 times the touches cost twice the spend, and are worth 0.4 of the way from 1 to 1.5
    assert one.values == pytest.approx(300.0 * np.array([0.0, 0.68, 1.0, 1.2, 1.3]))
    assert one.draws[3] / one.draws[3, 2] == pytest.approx(one.values / 300.0)
    # the largest week had 1.4 times the touches
    assert [one.now, one.observed] == pytest.approx([300.0, 2.0])
    assert CURVES[0].by_spend(TouchPrice(bought, observed=1.2)).observed == 1.2


def test_curves_of_a_plan_say_from_where_they_are_extrapolated() -> None:
    [campaign, *_] = planned_curves(CURVES, (), 1.0).campaigns
    assert isinstance(campaign.response, DrawnResponse)
    assert campaign.response.observed == pytest.approx(140.0)
    assert campaign.response.n_draws == 60
    assert (campaign.minimum, campaign.maximum) == (0.0, 300.0)


def test_a_plan_names_what_it_extrapolates() -> None:
    steep = (curve("a", 100.0, 900.0), *CURVES[1:])
    planned = planned_curves(steep, (), 1.0)
    made = allocate(request_of(planned))
    spend = {own.campaign: own.spend for own in made.allocations}
    assert spend["a"] > 140.0
    observed = {"a": 140.0, "b": 70.0, "c": 112.0}
    beyond = {name: seen for name, seen in observed.items() if spend[name] > seen + 1e-3}
    assert made.extrapolated == pytest.approx(beyond)
    unknown = [
        replace(c, response=replace(c.response, observed=None))
        for c in planned.campaigns
        if isinstance(c.response, DrawnResponse)
    ]
    assert allocate(replace(request_of(planned), campaigns=tuple(unknown))).extrapolated == {}


def line(name: str, slope: float, maximum: float, minimum: float = 0.0) -> PlannedCampaign:
    return PlannedCampaign(name, minimum, maximum, Tabulated((0.0, 1e4), (0.0, 1e4 * slope)))


def test_the_value_of_a_synergy_at_some_spends_holds_for_other_limits() -> None:
    at = CampaignSynergy(("a", "b"), 60.0, (100.0, 50.0))

    def worth(a: tuple[float, float], b: tuple[float, float], spends: list[float]) -> float:
        campaigns = (line("a", 1.0, a[1], a[0]), line("b", 1.0, b[1], b[0]))
        request = PlanRequest(campaigns, 1_000.0, synergies=(at,))
        return value_at(request, spends) - sum(spends)

    for limits in (((0.0, 100.0), (0.0, 50.0)), ((0.0, 300.0), (0.0, 150.0))):
        assert worth(*limits, [100.0, 50.0]) == pytest.approx(60.0)
        assert worth(*limits, [50.0, 25.0]) == pytest.approx(30.0)
    # at both ends of edited limits, where the smaller share counts
    edited = ((40.0, 200.0), (50.0, 80.0))
    assert worth(*edited, [200.0, 80.0]) == pytest.approx(60.0 * 1.6)
    assert worth(*edited, [40.0, 50.0]) == pytest.approx(60.0 * 0.4)
    # the spend of one is fixed
    assert worth((100.0, 100.0), (0.0, 50.0), [100.0, 50.0]) == pytest.approx(60.0)
    assert worth((100.0, 100.0), (0.0, 50.0), [100.0, 25.0]) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ((100.0,), "must have a spend in at for each campaign, got 1 for 2"),
        ((100.0, 0.0), r"must have spends above 0 in at, got \[100.0, 0.0\]"),
    ],
)
def test_spends_of_a_synergy_that_fit_nothing_are_named(
    at: tuple[float, ...], message: str
) -> None:
    campaigns = (line("a", 1.0, 10.0), line("b", 1.0, 10.0))
    synergy = CampaignSynergy(("a", "b"), 1.0, at)
    with pytest.raises(InputError, match=message):
        formulate(PlanRequest(campaigns, 10.0, synergies=(synergy,)))


def test_the_curve_of_a_plan_is_its_center_and_else_the_mean_of_the_draws() -> None:
    spends, draws = np.array([0.0, 10.0]), np.array([[0.0, 1.0], [0.0, 3.0]])
    response = DrawnResponse(spends, draws)
    assert response.value(np.array([5.0]))[0] == pytest.approx(1.0)
    centered = replace(response, center=np.array([0.0, 8.0]))
    assert centered.value(np.array([5.0]))[0] == pytest.approx(4.0)
    assert centered.draw(1).value(np.array([10.0]))[0] == 3.0


def test_a_file_of_no_period_is_refused() -> None:
    from attrigraph.staging.budget_text import budget_text

    request = request_of(planned_curves(CURVES, SYNERGIES, 1.0))
    with pytest.raises(InputError, match="needs a period and a currency"):
        budget_text(request)
    assert budget_text(replace(request, start=date(2026, 1, 1), end=date(2026, 1, 31)))
