"""Days that are reported: by hand, and how often where nothing changed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from attrigraph.watching.days import (
    FALSE_ALARMS,
    WEEKS,
    compared_days,
    probability_of_so_few,
    unusual_counts,
)

DAY = date(2026, 6, 30)


def weekly(*counts: int) -> dict[date, int]:
    return dict(zip(compared_days(DAY), counts, strict=False))


def test_the_probability_is_that_of_students_t() -> None:
    # 2 sqrt(x + 3/8): counts of 99.625 - 0.375 have no spread, so that it is taken as 1
    p = probability_of_so_few(64, [100] * 8)
    distance = 2 * (np.sqrt(64.375) - np.sqrt(100.375)) / np.sqrt(1 + 1 / 8)
    assert p == pytest.approx(stats.t.cdf(distance, 7), rel=1e-12)


def test_a_day_without_events_is_reported_where_every_week_had_some() -> None:
    assert [one.kind for one in unusual_counts("touches", DAY, weekly(*[5] * 8))] == ["no_events"]
    assert unusual_counts("touches", DAY, weekly(*[1, 0] * 4)) == []
    assert unusual_counts("touches", DAY, weekly(5, 5, 5)) == []  # too few weeks
    assert unusual_counts("touches", DAY, {}) == []


def test_fewer_conversions_are_reported_and_more_are_not() -> None:
    usual = weekly(100, 96, 104, 99, 101, 98, 102, 100)
    found = unusual_counts("purchase", DAY, usual | {DAY: 40})
    assert [(one.kind, one.found, one.usual) for one in found] == [("few_conversions", 40, 100.0)]
    assert "40 purchase on 2026-06-30; usual are 100.0" in found[0].sentence()
    for count in (90, 100, 500):
        assert unusual_counts("purchase", DAY, usual | {DAY: count}) == []


def test_other_weekdays_do_not_count() -> None:
    sundays = {DAY - timedelta(days=7 * week + 2): 1000 for week in range(1, WEEKS + 1)}
    assert unusual_counts("purchase", DAY, sundays | weekly(*[9] * 8) | {DAY: 9}) == []


@pytest.mark.parametrize("mean", [3, 30, 3000])
@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_false_alarms_are_as_rare_as_stated(mean: int, spread: float) -> None:
    draw = np.random.default_rng(mean)
    n = 20_000
    rates = mean * np.exp(spread * draw.standard_normal((n, WEEKS + 1)) - spread**2 / 2)
    counts = draw.poisson(rates)
    alarms = sum(
        probability_of_so_few(int(row[0]), row[1:].tolist()) < FALSE_ALARMS for row in counts
    )
    assert alarms / n <= 1.5 * FALSE_ALARMS
