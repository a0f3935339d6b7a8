"""Rules of one customer and path agree with those of all data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.attribution.observed.journeys import JourneyOptions, derive
from attrigraph.attribution.observed.subset import Condition, subset
from attrigraph.attribution.observed.touch_rules import is_customer_taken, trimmed_path
from attrigraph.domain import Conversion, CustomerAttributes, Touchpoint
from attrigraph.domain.from_objects import events_from_objects

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEGMENT, REGION = "customer.segment", "customer.region"


@given(
    st.lists(st.sampled_from(["Direct", "tv", "search", None]), max_size=8),
    st.sampled_from([(), ("direct",), ("direct", "tv")]),
    st.sampled_from([None, 1, 3]),
    st.sampled_from(["only", "exclude"]),
)
def test_a_path_is_trimmed_as_its_journey(
    channels: list[str | None], dropped: tuple[str, ...], steps: int | None, option: str
) -> None:
    path = [
        Touchpoint(f"t{number}", "ada", NOON + timedelta(hours=number), channel)
        for number, channel in enumerate([*channels, "radio"])
    ]
    conditions = {option: (Condition("channel", "radio"),)}
    rules = JourneyOptions(dropped_channels=dropped, steps=steps, **conditions)  # type: ignore[arg-type]
    events = events_from_objects(path, [Conversion("c", "ada", NOON + timedelta(days=1))])
    taken, _ = subset(events, None, **conditions)
    expected = taken.touches.id[derive(taken, rules).touch].tolist()
    assert [touch.id for touch in trimmed_path(path, rules)] == expected


@pytest.mark.parametrize(
    "rules",
    [
        JourneyOptions(only=(Condition(SEGMENT, "smb"),)),
        JourneyOptions(only=(Condition(SEGMENT, "smb"), Condition(SEGMENT, "large"))),
        JourneyOptions(only=(Condition(SEGMENT, "smb"), Condition(REGION, "7"))),
        JourneyOptions(exclude=(Condition(SEGMENT, "smb"), Condition(REGION, "true"))),
    ],
)
def test_a_customer_is_taken_as_from_all_data(rules: JourneyOptions) -> None:
    facts: dict[str, list[Any]] = {
        "segment": ["smb", "large", None, "smb", "tiny"],
        "region": [7.0, True, 7.0, None, 7],
    }
    names = np.array(list("abcde"), dtype=object)
    columns = {name: np.array(values, dtype=object) for name, values in facts.items()}
    table = CustomerAttributes(names, np.zeros(5, np.int32), columns)
    events = events_from_objects([], [], names.tolist())
    taken, _ = subset(events, table, only=rules.only, exclude=rules.exclude)
    assert taken.customers.tolist() == [
        name
        for row, name in enumerate(names)
        if is_customer_taken({key: values[row] for key, values in facts.items()}, rules)
    ]
