"""What a request must be, and how it becomes a problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.formulation import formulate
from attrigraph.planning.plan import Reason
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    MeasureLimit,
    PlannedCampaign,
    PlanRequest,
)
from attrigraph.planning.responses import DrawnResponse, Exponential, Hill, Tabulated
from budget_problems import REQUEST, SEARCH, SOCIAL

SPENDS = np.array([0.0, 900.0])


class Given:
    """A response that gives what it was made with, whatever is spent."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def value(self, spend: object, /) -> Any:
        del spend
        return self.answer


def searching(response: Any) -> PlanRequest:
    return replace(REQUEST, campaigns=(replace(SEARCH, response=response), SOCIAL))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (replace(REQUEST, campaigns=()), "at least one campaign"),
        (replace(REQUEST, budget=float("nan")), "budget must be a number of at least 0, got nan"),
        (replace(REQUEST, budget=50.0), "50.00 below the sum of the least spends, 100.00"),
        (replace(REQUEST, freeze=True, max_change=0.1), "freeze keeps the old plan, which leaves"),
        (replace(REQUEST, freeze=True, exploration=0.1), "freeze keeps the old plan, which leaves"),
        (
            searching(DrawnResponse(SPENDS, np.zeros((0, 2)))),
            "campaign 'search': its response has no",
        ),
        (searching(Tabulated((9.0, 0.0), (0.0, 1.0))), "campaign 'search': the spends of its"),
        (
            searching(DrawnResponse(SPENDS, np.ones((3, 4)))),
            "the response of 'search' has no values",
        ),
        (searching(Tabulated((0.0, 9.0), (1.0,))), "the response of 'search' has no values"),
        (searching(Given(5.0)), "'search' must give one value per spend: .* the shape .."),
        (searching(Given(np.ones((2, 3)))), "'search' must give one value per spend: .*2, 3"),
        (searching(Given("much")), "the response of 'search' has no values: could not convert"),
        (searching(3), "campaign 'search': a response must be an object with value.*, got 3"),
        (
            replace(REQUEST, groups=(CampaignGroup("all", ("search", "search"), maximum=9e3),)),
            "group 'all' names 'search' 2 times",
        ),
        (
            replace(REQUEST, groups=(CampaignGroup("all", ("search", "social")),)),
            "group 'all' has no effect; give it a min, a max or a response",
        ),
        (
            replace(
                REQUEST,
                synergies=(
                    CampaignSynergy(("search", "social"), 1.0),
                    CampaignSynergy(("social", "search"), 2.0),
                ),
            ),
            "the synergy of 'search' and 'social' is given 2 times",
        ),
        (
            replace(REQUEST, limits=(MeasureLimit("co2", {}, None, 5.0),)),
            "limit 'co2' has no campaign in per_unit",
        ),
        (replace(REQUEST, season=0.0), "season must be a number above 0, got 0"),
        (replace(REQUEST, end=date(2026, 11, 1)), "ends on 2026-11-01, before it starts"),
        (
            replace(REQUEST, campaigns=(replace(SEARCH, maximum=50.0),)),
            "campaign 'search': max 50.00 is below min 100.00",
        ),
        (replace(REQUEST, campaigns=(SEARCH, SEARCH)), "'search' is given 2 times"),
        (
            replace(REQUEST, max_change=0.2, campaigns=(replace(SEARCH, old=None),)),
            "campaign 'search' has no old spend",
        ),
        (
            replace(REQUEST, groups=(CampaignGroup("all", ("search", "tv")),)),
            "group 'all' names 'tv', which is not a campaign of the plan",
        ),
        (
            replace(REQUEST, groups=(CampaignGroup("a", ("b",)), CampaignGroup("b", ("a",)))),
            "group 'a' contains itself",
        ),
        (
            replace(REQUEST, groups=(CampaignGroup("all", ("search",), 50.0, 40.0),)),
            "group 'all': max 40.00 is below min 50.00",
        ),
        (
            replace(REQUEST, synergies=(CampaignSynergy(("search", "social"), -1.0),)),
            "the synergy of 'search' and 'social' must be a number of at least 0, got -1.0; give",
        ),
        (
            replace(REQUEST, synergies=(CampaignSynergy(("search", "search"), 1.0),)),
            "two or more different campaigns",
        ),
        (
            replace(REQUEST, limits=(MeasureLimit("co2", {"tv": 1.0}, None, 5.0),)),
            "limit 'co2' names 'tv'",
        ),
        (replace(REQUEST, limits=(MeasureLimit("co2", {"search": 1.0}),)), "needs a min or a max"),
        (
            replace(REQUEST, campaigns=(replace(SEARCH, response=Hill(100, 400, 3)),)),
            "the response of 'search' is not concave",
        ),
    ],
)
def test_each_fault_is_named(request_: PlanRequest, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        formulate(request_)


def test_a_steep_hill_curve_is_a_step() -> None:
    """At an exponent of 1,000 the power overflows, and the curve does not."""
    spends = np.array([0.0, 100.0, 399.0, 400.0, 401.0, 900.0, 1e9])
    with np.errstate(all="raise", under="ignore"):
        values = Hill(100, 400, 1000).value(spends)
    ratio = (401 / 400) ** 1000
    assert values == pytest.approx(
        [0, 0, 100 / (1 + (400 / 399) ** 1000), 50, 100 * ratio / (1 + ratio), 100, 100]
    )
    assert Hill(100, 400, 0.7).value(spends[1:6]) == pytest.approx(
        100 * spends[1:6] ** 0.7 / (spends[1:6] ** 0.7 + 400**0.7)
    )


def test_all_faults_are_in_one_message() -> None:
    wrong = replace(REQUEST, budget=-1.0, season=-1.0, campaigns=(SEARCH, SEARCH))
    with pytest.raises(InputError, match=r"budget.*season.*given 2 times"):
        formulate(wrong)


def test_limits_that_contradict_each_other_are_named() -> None:
    groups = (
        CampaignGroup("most", ("search", "social"), maximum=500.0),
        CampaignGroup("least", ("search", "social"), minimum=600.0),
        CampaignGroup("harmless", ("search",), maximum=800.0),
    )
    with pytest.raises(InputError, match=r"meets the limits of 'most', 'least'; loosen"):
        allocate(replace(REQUEST, groups=groups))


def test_nested_groups_count_each_campaign_once() -> None:
    groups = (
        CampaignGroup("inner", ("search", "social"), maximum=700.0),
        CampaignGroup("outer", ("inner", "search"), maximum=500.0),
    )
    plan = allocate(replace(REQUEST, groups=groups))
    assert plan.spent == pytest.approx(500.0)
    assert {limit.limit for limit in plan.limits} == {"outer"}


def test_an_envelope_is_used_when_asked_for_and_its_gap_is_stated() -> None:
    hill = replace(SEARCH, response=Hill(1000, 600, 3), envelope=True, minimum=0.0)
    formulation = formulate(replace(REQUEST, campaigns=(hill,)))
    spends = np.linspace(0, 900, 21)
    true = hill.response.value(spends) if hill.response else spends
    envelope = np.cumsum(np.append(formulation.problem.at_minimum, formulation.problem.gains))
    assert (envelope >= true - 1e-9).all()
    assert formulation.gaps == {"search": pytest.approx((envelope - true).max())}
    assert (np.diff(formulation.problem.gains[0]) <= 1e-9).all()


def test_the_season_scales_responses_and_synergies() -> None:
    synergies = (CampaignSynergy(("search", "social"), 300.0),)
    usual = allocate(replace(REQUEST, synergies=synergies))
    strong = allocate(replace(REQUEST, synergies=synergies, season=1.5))
    assert strong.value.value == pytest.approx(1.5 * usual.value.value)
    assert [a.spend for a in strong.allocations] == pytest.approx(
        [a.spend for a in usual.allocations]
    )


def test_competing_campaigns_share_a_response() -> None:
    """Two campaigns of one curve: the split is open, and the sum is that of one campaign."""
    free = tuple(replace(c, response=None, minimum=0.0) for c in (SEARCH, SOCIAL))
    group = CampaignGroup("both", ("search", "social"), response=Exponential(2000, 500))
    plan = allocate(replace(REQUEST, campaigns=free, groups=(group,), budget=600.0))
    assert plan.spent == pytest.approx(600.0)
    assert plan.value.value == pytest.approx(2000 * (1 - np.exp(-600 / 500)), rel=2e-3)
    assert plan.certificate.gap == pytest.approx(0, abs=1e-6)


def test_a_limit_on_another_measure_is_kept_and_priced() -> None:
    limit = MeasureLimit("co2", {"search": 2.0, "social": 0.5}, maximum=900.0)
    plan = allocate(replace(REQUEST, limits=(limit,)))
    search, social = (a.spend for a in plan.allocations)
    assert 2 * search + 0.5 * social == pytest.approx(900.0)
    [price] = [found.price for found in plan.limits if found.limit == "co2"]
    more = allocate(replace(REQUEST, limits=(replace(limit, maximum=901.0),)))
    assert more.value.value - plan.value.value == pytest.approx(price, rel=0.05)


def test_the_largest_change_bounds_each_campaign() -> None:
    plan = allocate(replace(REQUEST, max_change=0.1))
    assert all(360 - 1e-9 <= a.spend <= 440 + 1e-9 for a in plan.allocations)
    assert {a.reason for a in plan.allocations} == {Reason.LARGEST_CHANGE}
    assert plan.left_over == pytest.approx(1000 - plan.spent)


def test_the_price_of_a_least_spend_is_what_one_unit_less_would_bring() -> None:
    group = CampaignGroup("paid", ("social",), minimum=700.0)
    plan = allocate(replace(REQUEST, groups=(group,)))
    [found] = [limit for limit in plan.limits if limit.limit != "budget"]
    less = allocate(replace(REQUEST, groups=(replace(group, minimum=699.0),)))
    assert found.limit == "min of paid"
    assert found.price == pytest.approx(less.value.value - plan.value.value)
    assert found.price > 0


def test_a_largest_change_that_binds_is_named_as_one() -> None:
    plan = allocate(replace(REQUEST, max_change=0.1))
    assert {limit.limit for limit in plan.limits} == {
        "largest increase of search",
        "largest increase of social",
    }


def test_the_largest_change_leaves_equal_limits_as_they_are() -> None:
    pinned = replace(SOCIAL, minimum=300.0, maximum=300.0, old=300.0)
    paused = replace(SOCIAL, id="paused", maximum=0.0, old=0.0)
    together = (CampaignSynergy(("search", "social"), 200.0),)
    campaigns = (SEARCH, pinned, paused)
    plan = allocate(replace(REQUEST, campaigns=campaigns, synergies=together, max_change=0.1))
    assert [a.spend for a in plan.allocations] == [pytest.approx(440.0), 300.0, 0.0]
    assert plan.certificate.gap == pytest.approx(0, abs=1e-6)


def test_freezing_keeps_the_old_plan() -> None:
    plan = allocate(replace(REQUEST, freeze=True))
    assert [a.spend for a in plan.allocations] == [400.0, 400.0]
    assert {a.reason for a in plan.allocations} == {Reason.KEPT}


def test_a_campaign_that_is_all_or_nothing() -> None:
    whole = replace(SOCIAL, whole=True, maximum=850.0, response=Tabulated((0, 850), (0, 1500)))
    plan = allocate(replace(REQUEST, campaigns=(SEARCH, whole)))
    assert plan.allocations[1].spend in (0.0, 850.0)
    without = allocate(replace(REQUEST, campaigns=(SEARCH,)))
    with_it = allocate(replace(REQUEST, campaigns=(replace(SEARCH, maximum=150.0),), budget=150.0))
    best = max(without.value.value, with_it.value.value + 1500)
    assert plan.value.value == pytest.approx(best, rel=1e-3)
    assert plan.certificate.bound >= plan.value.value - 1e-9


def test_reasons_agree_with_slopes() -> None:
    tv = PlannedCampaign("tv", 0.0, 100.0, Exponential(5000, 50))
    weak = PlannedCampaign("weak", 0.0, 500.0, Exponential(10, 5000))
    plan = allocate(replace(REQUEST, campaigns=(SEARCH, SOCIAL, tv, weak)))
    reasons = {a.campaign: a.reason for a in plan.allocations}
    assert reasons == {
        "search": Reason.EQUAL_RETURN,
        "social": Reason.EQUAL_RETURN,
        "tv": Reason.AT_MAXIMUM,
        "weak": Reason.FLAT_CURVE,
    }
    search, social, *_ = plan.allocations
    assert search.marginal_return == pytest.approx(plan.marginal_return)
    assert social.marginal_return == pytest.approx(plan.marginal_return)
    assert search.next_1000 == pytest.approx(
        2000 * (np.exp(-search.spend / 500) - np.exp(-(search.spend + 1000) / 500))
    )
