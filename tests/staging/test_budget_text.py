"""Files of plans: what is written is read as the same request, and mistakes are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    MeasureLimit,
    PlannedCampaign,
    PlanRequest,
)
from attrigraph.planning.responses import DrawnResponse, Exponential, Hill, Tabulated
from attrigraph.staging.budget_file import read_budget_file
from attrigraph.staging.budget_text import budget_text

if TYPE_CHECKING:
    from pathlib import Path

DRAWN = DrawnResponse(
    np.array([0.0, 100 / 3, 1e9]),
    np.array([[0.0, -1 / 7, 2e-7], [0.0, 5.5, 1e16]]),
    identified=False,
    center=np.array([0.0, 1 / 3, -2.5]),
    observed=123.456,
)

REQUEST = PlanRequest(
    campaigns=(
        PlannedCampaign('odd "name" \\ é\t#', 0.0, 10.5, Exponential(20.0, 3.25), old=1.0),
        PlannedCampaign("hill", 1.0, 9.0, Hill(7.0, 2.0, 1.5), whole=True, envelope=True),
        PlannedCampaign("table", 0.0, 5.0, Tabulated((0.0, 5.0), (0.0, 0.1 + 0.2))),
        PlannedCampaign("none", 0.0, 5.0, None),
        PlannedCampaign("drawn", 0.0, 1e9, DRAWN, old=0.1, envelope=True),
    ),
    budget=1 / 3,
    currency="EUR",
    start=date(2026, 1, 1),
    end=date(2026, 1, 31),
    groups=(CampaignGroup("g", ("hill", "table"), 1.0, 12.0, Exponential(3.0, 1.0)),),
    synergies=(
        CampaignSynergy(("hill", "none"), 3.0),
        CampaignSynergy(("table", "drawn"), 4.0, (1.0, 2.5)),
    ),
    limits=(MeasureLimit("co2", {"hill": 0.5, "a.b c": 1.0}, maximum=7.0),),
    season=1.25,
    max_change=0.2,
    exploration=0.1,
)


def read_back(request: PlanRequest, tmp_path: Path, *comments: str) -> PlanRequest:
    path = tmp_path / "plan.toml"
    path.write_text(budget_text(request, comments), encoding="utf-8")
    return read_budget_file(path)


def test_a_request_is_read_as_it_was_written_to_the_last_digit(tmp_path: Path) -> None:
    found = read_back(REQUEST, tmp_path, "two words", "a line\nbreak")
    *others, drawn = found.campaigns
    assert tuple(others) == REQUEST.campaigns[:-1]
    assert replace(found, campaigns=()) == replace(REQUEST, campaigns=())
    assert isinstance(drawn.response, DrawnResponse)
    assert replace(drawn, response=None) == replace(REQUEST.campaigns[-1], response=None)
    np.testing.assert_array_equal(drawn.response.spends, DRAWN.spends)
    np.testing.assert_array_equal(drawn.response.values, DRAWN.values)
    np.testing.assert_array_equal(drawn.response.curve, DRAWN.curve)
    assert (drawn.response.identified, drawn.response.observed) == (False, DRAWN.observed)


def test_what_is_as_usual_is_left_out(tmp_path: Path) -> None:
    usual = replace(REQUEST, season=1.0, max_change=None, exploration=0.0, groups=(), limits=())
    text = budget_text(usual)
    for name in ("season", "max_change", "exploration", "whole = false", "group", "None"):
        assert name not in text
    assert read_back(usual, tmp_path).max_change is None


def test_a_response_of_another_class_has_no_form_in_files() -> None:
    class Other:
        def value(self, spend: np.ndarray) -> np.ndarray:
            return spend

    campaign = PlannedCampaign("a", 0.0, 1.0, Other())
    with pytest.raises(InputError, match="a response of the class Other has no form in files"):
        budget_text(replace(REQUEST, campaigns=(campaign,)))


PLAN = """
[plan]
budget = 10
start = 2026-12-01
end = 2026-12-31
currency = "EUR"

[[campaign]]
id = "a"
max = 10
"""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("spends = [0, 1]\nvalues = [0, 1]\nidentified = false", "give draws with it"),
        ("spends = [0, 1]\nvalues = [0, 1]\nobserved = 3", "give draws with it"),
        ("value = 3\nscale = 1\ndraws = [[0, 1]]", "draws belong to a table"),
        ("spends = [0, 1]\nvalues = [0, 1]\ndraws = []", "at least one list of values"),
        (
            "spends = [0, 1]\nvalues = [0, 1]\ndraws = [[0, 1], [0, 1, 2]]",
            "each of the draws needs 2 values, one per entry of spends, got 3 in number 2",
        ),
        ("spends = [0, 1]\nvalues = [0, 1]\ndraws = [[0, nan]]", "finite"),
    ],
)
def test_draws_that_fit_no_table_are_named(settings: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN + settings, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_budget_file(path)
