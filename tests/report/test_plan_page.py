"""The page of a plan: what it says, what it draws, and that it stays small."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import numpy as np
import pytest

from attrigraph.planning.allocate import allocate
from attrigraph.planning.plan import Comparison, Estimate, ValueChange
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    PlannedCampaign,
    PlanRequest,
)
from attrigraph.planning.response_lines import response_lines
from attrigraph.planning.responses import DrawnResponse, Exponential, Hill
from attrigraph.report.curve_picture import curve_picture, short
from attrigraph.report.plan_page import period_words, render
from attrigraph.report.waterfall import MAX_STEPS, waterfall
from budget_problems import REQUEST, SEARCH, SOCIAL

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
SPENDS = np.linspace(0, 1200, 13)
FACTORS = np.linspace(0.5, 1.5, 21)[:, None]
DRAWN = replace(
    REQUEST,
    campaigns=(
        replace(
            SEARCH, response=DrawnResponse(SPENDS, FACTORS * 2000 * (1 - np.exp(-SPENDS / 500)))
        ),
        replace(SOCIAL, response=DrawnResponse(SPENDS, FACTORS[::-1] * SPENDS, identified=False)),
    ),
)


def page(request: PlanRequest) -> str:
    return render(allocate(request), source="december.toml", written=WRITTEN)


def words(text: str) -> str:
    """What a reader sees."""
    text = re.sub(r"<(style|title)>.*?</\1>", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_headline_states_period_budget_value_and_gain() -> None:
    plan = allocate(REQUEST)
    assert plan.old is not None
    seen = words(page(REQUEST))
    gain = f"{plan.old.gain.value:,.0f}"
    assert (
        f"1 to 31 December 2026: 1,000 EUR bring {plan.value.value:,.0f} EUR, {gain} EUR more"
        in (seen)
    )
    assert "Plan of december.toml" in seen
    assert "No plan within these limits brings more by these curves" in seen
    for own in plan.allocations:
        assert own.explanation[1:] in seen


def test_what_is_not_sure_is_on_the_page() -> None:
    seen = words(page(DRAWN))
    assert "90 % intervals" in seen
    assert "What to measure next" in seen
    assert "go to campaigns of which the data do not show what they cause: social" in seen
    sure = words(page(REQUEST))
    assert "What to measure next" not in sure
    assert "The curves have no intervals" in sure


def test_a_plan_without_old_spend_has_no_waterfall_and_no_gain() -> None:
    campaigns = tuple(replace(own, old=None) for own in REQUEST.campaigns)
    seen = words(page(replace(REQUEST, campaigns=campaigns)))
    assert "From the old plan" not in seen
    assert "than the old plan" not in seen


def test_a_plan_that_is_kept_brings_what_the_old_one_does() -> None:
    for request in (REQUEST, DRAWN):
        seen = words(page(replace(request, freeze=True)))
        assert "EUR, as the old plan does." in seen
        assert "The plan is frozen" in seen


def test_money_that_is_left_over_is_the_first_thing_said() -> None:
    seen = words(page(replace(REQUEST, budget=5000.0)))
    assert seen.startswith("3,200 EUR of the budget are left over")
    assert "a smaller budget" not in seen


def test_a_plan_without_period_and_currency_is_a_page() -> None:
    seen = words(page(replace(REQUEST, start=None, end=None, currency=None)))
    assert "1,000 bring" in seen
    assert "None" not in seen


def test_names_are_escaped() -> None:
    campaigns = (replace(SEARCH, id="<script>alert(1)</script>"), SOCIAL)
    text = page(replace(REQUEST, campaigns=campaigns))
    assert "<script" not in text
    assert "&lt;script&gt;alert" in text


def test_curves_synergies_groups_and_envelopes_are_drawn() -> None:
    campaigns = (SEARCH, replace(SOCIAL, response=Hill(900, 400, 2.0), envelope=True))
    request = replace(
        REQUEST,
        campaigns=campaigns,
        synergies=(CampaignSynergy(("search", "social"), 50.0),),
        groups=(CampaignGroup("market", ("search", "social"), response=Exponential(300, 800)),),
    )
    text = page(request)
    assert text.count("<figure>") == 3
    assert text.count('class="line envelope"') == 2  # of the curve and of the legend
    assert "search + social" in words(text)


def test_five_thousand_campaigns_make_a_small_page() -> None:
    spends = np.linspace(0, 1000, 5)
    scales = np.random.default_rng(1).uniform(100, 900, 5000)
    curves = [np.stack([2 * s * (1 - np.exp(-spends / s))] * 2) for s in scales]
    campaigns = tuple(
        PlannedCampaign(
            f"campaign {n}",
            0.0,
            1000.0,
            DrawnResponse(spends, curve, identified=False, observed=1.0),
            old=300.0,
        )
        for n, curve in enumerate(curves)
    )
    text = page(replace(REQUEST, campaigns=campaigns, budget=1.5e6))
    assert len(text.encode()) < 1.5e6
    assert "4,800 campaigns with smaller changes not shown" in words(text)
    assert "and 4975 more, in the CSV file above" in words(text)
    assert text.count("campaign%20") == 5000  # all are in the CSV file


def test_marks_lie_on_their_curve() -> None:
    plan = allocate(DRAWN)
    for line in response_lines(plan, {"search", "social"}):
        one = curve_picture(line)
        places = np.array(re.findall(r"([\d.]+) ([\d.]+)", one.curve), dtype=float)
        for mark in (one.plan, one.old):
            assert mark is not None
            # the line is drawn by 41 points of a curve with corners
            assert np.interp(mark.x, *places.T) == pytest.approx(mark.y, abs=2)
        assert one.plan.ends is not None
        assert one.plan.ends[0] >= one.plan.y >= one.plan.ends[1]  # y goes down


def test_spend_beyond_what_the_data_have_seen_is_said_and_drawn_apart() -> None:
    search, social = DRAWN.campaigns
    curve = replace(search.response, observed=100.0)  # type: ignore[type-var]
    request = replace(DRAWN, campaigns=(replace(search, response=curve), social))
    plan = allocate(request)
    assert plan.extrapolated == {"search": 100.0}
    text = page(request)
    assert "The plan spends more than the data have seen on search" in words(text)
    assert text.count('class="line beyond"') == 2  # of the curve and of the legend
    line, other = response_lines(plan, {"search", "social"})
    pictures = curve_picture(line), curve_picture(other)
    assert pictures[0].beyond.split(" L ")[0] == f"M {pictures[0].curve.split(' L ')[-1]}"
    assert pictures[1].beyond == ""
    assert allocate(REQUEST).extrapolated == {}


def test_a_group_is_drawn_at_the_spend_of_its_members() -> None:
    group = CampaignGroup("market", ("search", "inner"), response=Exponential(300, 800))
    inner = CampaignGroup("inner", ("social",))
    plan = allocate(replace(REQUEST, groups=(group, inner)))
    [line] = response_lines(plan, set())
    assert line.plan.spend == pytest.approx(plan.spent)
    assert line.plan.value == pytest.approx(300 * (1 - np.exp(-plan.spent / 800)))
    assert line.old is not None
    assert line.old.spend == 800


def test_a_waterfall_leads_from_the_old_value_to_the_new_one() -> None:
    changes = tuple(ValueChange(f"c{n}", (-1) ** n * float(n)) for n in range(20))
    total = sum(change.value for change in changes)
    old = Estimate(100.0, 100.0, 100.0)
    gain = Estimate(total, total, total)
    found = waterfall(Comparison(90.0, old, gain, changes))
    assert len(found.steps) == MAX_STEPS + 1
    assert found.steps[-1].name == "6 smaller changes"
    assert sum(step.change for step in found.steps) == pytest.approx(total)
    assert found.new == pytest.approx(100 + total)
    assert found.steps[-1].level == found.new_place
    own = [step.change for step in found.steps[:-1]]
    assert own == sorted(own, reverse=True)


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ((date(2026, 12, 1), date(2026, 12, 31)), "1 to 31 December 2026"),
        ((date(2026, 12, 1), date(2026, 12, 1)), "1 December 2026"),
        ((date(2026, 11, 5), date(2026, 12, 4)), "5 November to 4 December 2026"),
        ((date(2026, 12, 5), date(2027, 1, 4)), "5 December 2026 to 4 January 2027"),
        (None, ""),
    ],
)
def test_periods_in_words(period: tuple[date, date] | None, text: str) -> None:
    assert period_words(period) == text


def test_ticks_have_one_unit() -> None:
    assert short([0.0, 5000.0, 10000.0]) == ["0", "5k", "10k"]
    assert short([0.0, 2000.0]) == ["0", "2,000"]
    assert short([0.0, 500000.0, 1000000.0]) == ["0", "0.5M", "1M"]
