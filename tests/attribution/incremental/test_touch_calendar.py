"""The calendar of touches: rates per person at risk, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.touch_calendar import touch_calendar


def histories(time: list[float], key: list[int], *, converted: list[float]) -> Histories:
    """Four customers in four days; the first ones convert, the last one has all the touches."""
    return Histories(
        keys=("a", "b", "c"),
        customers=4,
        customer=np.full(len(time), 3),
        time=np.array(time),
        key=np.array(key),
        converter=np.arange(len(converted)),
        converted=np.array(converted),
        value=np.ones(len(converted)),
        covariates=np.empty((4, 0)),
        days=4.0,
    )


def test_days_are_weighted_by_the_touches_of_each_channel() -> None:
    calendar = touch_calendar(histories([0.5, 2.2, 2.5, 2.9], [0, 0, 0, 1], converted=[]))
    found = calendar.days_until(np.array([0.0, 1.0, 2.5, 4.0]))
    # a: a third on the first day, the rest on the third; b: all on the third; c: none, so evenly
    expected = [[0, 0, 0], [4 / 3, 0, 1], [8 / 3, 2, 2.5], [4, 4, 4]]
    assert found == pytest.approx(np.array(expected))


def test_rates_are_per_person_at_risk() -> None:
    calendar = touch_calendar(histories([0.5, 3.5], [0, 0], converted=[1.0, 2.5]))
    # four people are at risk on the first day and two on the last, which weighs twice as much
    assert calendar.days_until(np.array([1.0, 3.0, 4.0]))[:, 0] == pytest.approx([4 / 3, 4 / 3, 4])


def test_touches_after_the_first_conversion_do_not_count() -> None:
    before = histories([0.5, 3.5], [0, 0], converted=[])
    after = Histories(
        **{
            name: getattr(before, name) for name in ("keys", "customers", "customer", "time", "key")
        },
        converter=np.array([3]),
        converted=np.array([2.0]),
        value=np.ones(1),
        covariates=np.empty((4, 0)),
        days=4.0,
    )
    assert touch_calendar(after).days_until(np.array([1.0]))[:, 0] == pytest.approx([4.0])
