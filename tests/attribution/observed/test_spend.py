"""Spend on channels: costs of touches first, else that of experiments per day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from attrigraph.attribution.observed.costs import EntityCost
from attrigraph.attribution.observed.spend import media_spend
from attrigraph.attribution.observed.spending import Spending
from attrigraph.domain import NO_TIME, EventTable, Experiment, Level
from priced_events import priced_events

DAY = 86_400_000
JUNE = 1_780_272_000_000
"""2026-06-01, midnight UTC."""


def dated_events() -> EventTable:
    """Touches of b on 1 June (cost 2) and 2 June (none), of a on 11 June (cost 4)."""
    events = priced_events()
    time = JUNE + DAY * np.array([0, 1, 10, 10]) + 5
    return replace(events, touches=replace(events.touches, time=time))


def without_costs(events: EventTable) -> EventTable:
    return replace(
        events, touches=replace(events.touches, cost=np.full(len(events.touches), np.nan))
    )


def experiment(name: str, first: date, last: date, spend: float | None) -> Experiment:
    return Experiment(
        id=name, channel="b", lift=1.0, standard_error=1.0, start=first, end=last, spend=spend
    )


def test_spend_is_the_cost_of_touches_over_the_days_of_the_events() -> None:
    found = media_spend(dated_events(), None)
    assert found is not None
    assert (found.start, found.end, found.days) == (date(2026, 6, 1), date(2026, 6, 11), 11)
    assert found.by_channel == {"a": 4.0, "b": 2.0}
    assert found.notes == {"b": "the spend on b is the cost of 1 of its 2 touches"}


def test_midnight_ends_the_last_day() -> None:
    events = dated_events()
    touches = replace(events.touches, time=events.touches.time // DAY * DAY)
    found = media_spend(replace(events, touches=touches), None)
    assert found is not None
    assert (found.start, found.end) == (date(2026, 6, 1), date(2026, 6, 10))


def test_a_window_has_its_own_days_and_touches() -> None:
    found = media_spend(dated_events(), (JUNE, JUNE + 4 * DAY))
    assert found is not None
    assert (found.start, found.end) == (date(2026, 6, 1), date(2026, 6, 4))
    assert found.by_channel == {"b": 2.0}


def test_experiments_stand_in_for_touches_without_cost() -> None:
    tests = [
        experiment("1", date(2026, 6, 1), date(2026, 6, 4), 30.0),
        experiment("2", date(2026, 6, 5), date(2026, 6, 6), 60.0),
        experiment("unknown", date(2026, 6, 5), date(2026, 6, 6), None),
        experiment("old", date(2025, 6, 1), date(2025, 6, 4), 1_000.0),
    ]
    found = media_spend(without_costs(dated_events()), None, tests)
    assert found is not None
    # 90 in 6 days, over 11 days
    assert found.by_channel == {"b": 165.0}
    assert found.notes == {"b": "the spend on b is that of its experiments, per day"}
    allowed = media_spend(without_costs(dated_events()), None, tests, allow_outside=True)
    assert allowed is not None
    assert allowed.by_channel == {"b": 1_090 / 10 * 11}
    priced = media_spend(dated_events(), None, tests)
    assert priced is not None
    assert priced.by_channel == {"a": 4.0, "b": 2.0}


def test_days_are_those_of_the_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    # three in the morning of 2 June in Tokyo
    window = (JUNE + 18 * DAY // 24, JUNE + 4 * DAY)
    found = media_spend(dated_events(), window, zone=tokyo)
    assert found is not None
    assert (found.start, found.end) == (date(2026, 6, 2), date(2026, 6, 5))


def test_known_costs_take_the_place_of_those_of_touches() -> None:
    known: dict[Level, dict[str, EntityCost]] = {"channel": {"b": EntityCost(2, 1, 50.0)}}
    tests = [replace(experiment("1", date(2026, 6, 1), date(2026, 6, 4), 30.0), channel="a")]
    spending = Spending(known, 11, {"1": 60.0})
    found = media_spend(dated_events(), None, tests, spending=spending)
    assert found is not None
    # 60 in the currency of the answer in 4 days, over 11 days
    assert found.by_channel == {"a": 165.0, "b": 50.0}
    assert found.notes["b"] == "the spend on b is the cost of 1 of its 2 touches"


def test_there_is_no_spend_over_unknown_days() -> None:
    events = priced_events()
    time = np.full(4, NO_TIME)
    assert media_spend(replace(events, touches=replace(events.touches, time=time)), None) is None
