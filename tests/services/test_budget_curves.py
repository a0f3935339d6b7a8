"""Curves meet spend: what is known of costs in part, and what cannot be planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.data import EventData
from attrigraph.attribution.incremental.response_curves import (
    Complement,
    ResponseCurve,
    ResponseCurves,
)
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import SpendDays
from attrigraph.errors import InputError
from attrigraph.planning.measured_curves import MeasuredSynergy
from attrigraph.services import budget_curves
from attrigraph.spend.accounts import Spend
from priced_events import column, priced_events

if TYPE_CHECKING:
    from attrigraph.planning.spend_curves import BudgetCurves, CurveLevel

MULTIPLES = np.array([0.0, 0.5, 1.0, 2.0])
SHAPE = np.array([0.0, 0.6, 1.0, 1.5])


def curve(key: str | None, value: float, *reasons: str) -> ResponseCurve:
    draws = value * np.linspace(0.8, 1.2, 20)[:, None] * SHAPE
    return ResponseCurve(key, key, 2.0, value * SHAPE, draws, 1.5, reasons)


def joined(
    monkeypatch: pytest.MonkeyPatch,
    *curves: ResponseCurve,
    by: CurveLevel = "channel",
    spend: Spend | None = None,
) -> BudgetCurves:
    """Curves of the priced events: one touch of a for 4, two of b of which one cost 2."""
    pairs = (Complement(("a", "b"), 5.0),)
    found = ResponseCurves(by, MULTIPLES, curves, pairs, ("a note",))
    monkeypatch.setattr(budget_curves, "response_curves", lambda _data, _by: found)
    data = EventData(priced_events(), JourneyOptions(), ModelOptions())
    return budget_curves._curves(data, spend or Spend(), by)


def test_the_cost_of_a_part_of_the_touches_is_scaled_up_and_stated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = joined(monkeypatch, curve("a", 10.0), curve("b", 8.0, "collinear"))
    first, second = found.curves
    assert (first.curve.spend, first.cost_known, first.curve.identified) == (4.0, 1.0, True)
    assert (second.curve.spend, second.cost_known, second.curve.identified) == (4.0, 0.5, False)
    sentences = list(found.sentences())
    assert "the cost of b is known for 50% of its touches" in " ".join(sentences)
    assert "a and b bring 5 together, half in each curve" in sentences
    assert sentences[-1] == "a note"
    assert (found.start, found.end, found.days) == (date(1970, 1, 1), date(1970, 1, 1), 1)


def test_synergies_state_the_part_that_each_curve_has(monkeypatch: pytest.MonkeyPatch) -> None:
    found = joined(monkeypatch, curve("a", 10.0), curve("b", 8.0))
    triple = replace(found, synergies=(MeasuredSynergy(("a", "b", "c"), 1234.4),))
    assert "a, b and c bring 1,234 together, a third in each curve" in list(triple.sentences())
    assert triple.to_json()["synergies"] == [{"campaigns": ["a", "b", "c"], "value": 1234.4}]


def test_figures_of_a_curve_are_those_of_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = joined(monkeypatch, curve("a", 10.0)).curves
    assert one.value.value == 10.0
    assert one.value.low == pytest.approx(10.0 * np.percentile(np.linspace(0.8, 1.2, 20), 5))
    # from half to twice the spend of 4
    assert one.marginal_return.value == pytest.approx((15.0 - 6.0) / 6.0)
    assert one.saturation == pytest.approx(1 - (9.0 / 6.0) / 2.5)
    assert one.observed_spend == pytest.approx(6.0)
    assert one.to_json()["values"] == pytest.approx([0.0, 6.0, 10.0, 15.0])
    [harmful] = joined(monkeypatch, curve("a", -10.0)).curves
    assert harmful.saturation is None


def test_what_cannot_be_planned_has_its_reason_and_is_in_no_synergy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = joined(monkeypatch, curve("a", 10.0), curve("b", 0.0, "not-marketing"), curve(None, 1))
    assert [one.curve.id for one in found.curves] == ["a"]
    assert found.unplanned == (("b", "is no marketing"), ("(unknown)", "names no channel"))
    assert found.synergies == ()


def test_spend_without_touches_or_without_a_campaign_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = SpendDays(
        date=np.array(["1970-01-01"] * 2, "datetime64[D]"),
        platform=column(0, 0, keys=("ads",)),
        channel=column(0, 1, keys=("a", "radio")),
        campaign=column(-1, -1, keys=()),
        campaign_name=column(-1, -1, keys=()),
        creative=column(-1, -1, keys=()),
        cost=np.array([30.0, 20.0]),
        currency=column(0, 0, keys=("EUR",)),
        zone=column(-1, -1, keys=()),
        impressions=np.full(2, np.nan),
        clicks=np.full(2, np.nan),
    )
    found = joined(monkeypatch, curve("a", 10.0), spend=Spend(days))
    [one] = found.curves
    assert (one.curve.spend, one.cost_known, found.currency) == (30.0, 1.0, "EUR")
    assert ("radio", "has a spend of 20 and no touches in the period") in found.unplanned
    by_campaign = joined(monkeypatch, curve(None, 1.0), by="campaign", spend=Spend(days))
    assert ("a", "has a spend of 30 that names no campaign") in by_campaign.unplanned
    message = r"no campaign can be planned: \(unknown\) names no campaign; a has a spend of 30 that"
    with pytest.raises(InputError, match=message):
        by_campaign.request(date(2026, 1, 1), date(2026, 1, 2))


def test_a_period_that_ends_before_it_starts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = joined(monkeypatch, curve("a", 10.0))
    with pytest.raises(InputError, match="ends on 2026-01-01, before it starts on 2026-01-02"):
        found.request(date(2026, 1, 2), date(2026, 1, 1))


def test_a_period_of_ten_days_has_ten_times_the_spend_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = joined(monkeypatch, curve("a", 10.0))
    request = found.request(date(2026, 1, 1), date(2026, 1, 10))
    assert request.budget == pytest.approx(40.0)
    [campaign] = request.campaigns
    assert campaign.old == pytest.approx(40.0)
    assert list(found.comments())[1].endswith("the end of its curve, 2 times the spend.")
    assert campaign.response is not None
    assert campaign.response.value(np.array([40.0]))[0] == pytest.approx(100.0)
