"""Budgets from Python: mappings, frames and objects make the same request, wrong ones an error."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from attrigraph.errors import InputError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    MeasureLimit,
    PlannedCampaign,
    PlanRequest,
)
from attrigraph.planning.responses import Exponential, Tabulated
from attrigraph.staging.budget_arguments import BudgetConstraints, budget_request
from attrigraph.staging.budget_file import read_budget_file

SEARCH = {"id": "search", "max": 900, "value": 2000, "scale": 500, "old": 400}
SOCIAL = {"id": "social", "max": 900, "spends": [0, 300, 900], "values": [0, 400, 500]}
CAMPAIGNS = (
    PlannedCampaign("search", 0.0, 900.0, Exponential(2000.0, 500.0), old=400.0),
    PlannedCampaign("social", 0.0, 900.0, Tabulated((0.0, 300.0, 900.0), (0.0, 400.0, 500.0))),
)
CONSTRAINTS: dict[str, Any] = {
    "groups": [{"id": "paid", "members": ["search", "social"], "max": 800}],
    "synergies": [{"campaigns": ["search", "social"], "value": 50}],
    "limits": [{"measure": "co2", "per_unit": {"search": 2.0}, "max": 1300}],
    "period": ("2026-12-01", date(2026, 12, 31)),
    "currency": "EUR",
    "season": 1.2,
    "exploration": 0.1,
}
REQUEST = PlanRequest(
    CAMPAIGNS,
    1000.0,
    "EUR",
    date(2026, 12, 1),
    date(2026, 12, 31),
    (CampaignGroup("paid", ("search", "social"), maximum=800.0),),
    (CampaignSynergy(("search", "social"), 50.0),),
    (MeasureLimit("co2", {"search": 2.0}, maximum=1300.0),),
    season=1.2,
    exploration=0.1,
)


def test_mappings_and_objects_make_the_request_of_a_file() -> None:
    objects = BudgetConstraints(
        groups=REQUEST.groups,
        synergies=REQUEST.synergies,
        limits=REQUEST.limits,
        period=(date(2026, 12, 1), date(2026, 12, 31)),
        currency="EUR",
        season=1.2,
        exploration=0.1,
    )
    for campaigns in ([SEARCH, SOCIAL], CAMPAIGNS):
        assert budget_request(campaigns, 1000, CONSTRAINTS) == REQUEST
        assert budget_request(campaigns, np.float64(1000), objects) == REQUEST


def test_frames_with_empty_cells_are_mappings_without_them() -> None:
    rows = {name: [SEARCH.get(name), SOCIAL.get(name)] for name in (SEARCH | SOCIAL)}
    for frame in (pd.DataFrame(rows), pl.DataFrame(rows), pa.table(rows)):
        assert budget_request(frame, 1000).campaigns == CAMPAIGNS


def test_without_constraints_period_and_currency_are_not_stated() -> None:
    plan = MarketingIntelligence().optimize_budget_allocation([SEARCH, SOCIAL], 1000)
    assert (plan.period, plan.currency) == (None, None)
    assert plan.spent == pytest.approx(1000)
    assert "EUR" not in " ".join(plan.reasons.values())


def test_a_plan_has_the_period_and_the_currency_of_its_constraints() -> None:
    constraints = {"period": ("2026-12-01", "2026-12-31"), "currency": "CHF", "freeze": False}
    plan = MarketingIntelligence().optimize_budget_allocation(CAMPAIGNS, 1000.0, constraints)
    assert plan.period == (date(2026, 12, 1), date(2026, 12, 31))
    assert plan.currency == "CHF"
    assert set(plan.reasons) == {"search", "social"}


@pytest.mark.parametrize(
    ("campaigns", "constraints", "words"),
    [
        ([SEARCH | {"scael": 1}], {}, "at campaign.0.scael: there is no such setting.*scale"),
        ([SEARCH | {"value": np.nan}], {}, "at campaign.0.value: .*finite"),
        ([SEARCH | {"max": "900"}], {}, "at campaign.0.max: it must be a valid number"),
        ([{"id": "search"}], {}, "at campaign.0.max: it is missing"),
        ([], {}, "a plan needs at least one campaign"),
        ("search", {}, "campaigns must be a list of mappings or of PlannedCampaign, got 'search'"),
        (SEARCH, {}, "campaigns must be a list"),
        ([SEARCH, CAMPAIGNS[1]], {}, "campaigns must be all mappings or all PlannedCampaign"),
        ([SEARCH], {"currency": "Euros"}, "at plan.currency: a currency must be a code of three"),
        ([SEARCH], {"seson": 2}, "constraints have no setting 'seson'.*season"),
        ([SEARCH], {"season": np.nan}, "at plan.season: .*finite"),
        ([SEARCH], {"period": "2026"}, "period must be a pair of days"),
        ([SEARCH], {"period": ("2026-12-01", "December")}, "period must have days such as"),
        ([SEARCH], {"period": ("2026-12-02", "2026-12-01")}, "before it starts on 2026-12-02"),
        ([SEARCH], {"groups": [{"id": "a", "members": ["serch"]}]}, "group 'a' names 'serch'"),
        ([SEARCH], {"freeze": "yes"}, "at plan.freeze: it must be true or false"),
        ([SEARCH], {"freeze": True, "max_change": 0.1}, "freeze keeps the old plan, which leaves"),
        ([SEARCH], 5, "constraints must be BudgetConstraints or a mapping, got 5"),
        ([{"id": "search", "max": 9}], {}, "campaign 'search' has no response"),
        (pd.DataFrame([SEARCH | {"value": np.nan}]), {}, "needs both value and scale"),
        (pd.DataFrame([SEARCH | {"min": np.nan}]), {}, "at campaign.0.min: it must be a valid"),
        (pl.DataFrame([SEARCH | {"value": np.nan}]), {}, "at campaign.0.value: .*finite"),
    ],
)
def test_wrong_arguments_get_one_sentence(campaigns: Any, constraints: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        MarketingIntelligence().optimize_budget_allocation(campaigns, 1000, constraints)


@pytest.mark.parametrize("budget", [np.nan, -1, "1000", None])
def test_a_budget_is_an_amount(budget: Any) -> None:
    with pytest.raises(InputError, match=r"at plan\.budget"):
        MarketingIntelligence().optimize_budget_allocation([SEARCH], budget)


def test_files_and_arguments_get_the_same_message(tmp_path: Any) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        '[plan]\nbudget = 9\ncurrency = "EUR"\nstart = 2026-12-01\nend = 2026-12-02\n'
        '[[campaign]]\nid = "a"\nmax = 9\nvalu = 3\n'
    )
    with pytest.raises(InputError) as of_file:
        read_budget_file(path)
    with pytest.raises(InputError) as of_arguments:
        budget_request([{"id": "a", "max": 9, "valu": 3}], 9)
    texts = (str(error.value).partition("valu:")[2] for error in (of_file, of_arguments))
    first, second = (re.sub(r"\s+", " ", text) for text in texts)
    assert first
    assert first == second
