"""Experiments scaled to the window of the data, and how their standard errors widen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from attrigraph.attribution.incremental.experiments.scaling import (
    TargetTouches,
    Window,
    effect_within,
    scaled_experiment,
)
from attrigraph.domain import Experiment
from attrigraph.errors import InputError

START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)
WINDOW = Window(START, 30.0)
EVERY_HOUR = np.arange(30 * 24) / 24
LAST_HALF = 15 + np.arange(15 * 24) / 24


def experiment(
    start: date = date(2026, 6, 21), end: date = date(2026, 6, 30), spend: float | None = None
) -> Experiment:
    return Experiment(
        id="x", channel="email", lift=40.0, standard_error=4.0, start=start, end=end, spend=spend
    )


def touches(
    time: np.ndarray = EVERY_HOUR, cost: float = float("nan"), half_life: float = 1e-6
) -> TargetTouches:
    return TargetTouches("email", time, cost, half_life)


def test_ten_of_thirty_even_days_count_three_times() -> None:
    found = scaled_experiment(experiment(), touches(), WINDOW)
    assert found.lift == pytest.approx(120.0, rel=1e-5)
    assert found.standard_error == pytest.approx(12.0, rel=1e-5)


def test_the_share_of_touches_counts_where_they_are_uneven() -> None:
    found = scaled_experiment(experiment(), touches(LAST_HALF), WINDOW)
    assert found.lift == pytest.approx(60.0, rel=1e-5)


def test_effect_within_is_the_mean_over_days_of_arrival() -> None:
    arrival = (np.arange(100_000) + 0.5) / 100_000 * 14
    expected = (1 - 0.5 ** ((14 - arrival) / 7)).mean()
    assert effect_within(14, 7) == pytest.approx(expected, rel=1e-6)
    assert effect_within(1000, 1) == pytest.approx(1 - 1 / (1000 * np.log(2)))


def test_carry_over_beyond_the_experiment_is_added() -> None:
    found = scaled_experiment(experiment(), touches(half_life=7.0), WINDOW)
    assert found.lift == pytest.approx(120.0 / effect_within(10, 7.0))
    assert found.lift / found.standard_error == pytest.approx(10.0)


def test_an_old_experiment_counts_with_twice_the_variance_after_a_year() -> None:
    year = Window(START, 52 * 7 + 10.0)
    even = np.arange(0, year.days, 0.25)
    early = experiment(date(2026, 6, 1), date(2026, 6, 10))
    found = scaled_experiment(early, touches(even), year)
    assert found.lift / found.standard_error == pytest.approx(10 / np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize(("spend", "widening"), [(100.0, 1.0), (300.0, 3.0), (50.0, 2.0)])
def test_another_spend_per_day_widens(spend: float, widening: float) -> None:
    found = scaled_experiment(experiment(spend=spend), touches(cost=300.0), WINDOW)
    assert found.lift / found.standard_error == pytest.approx(10 / np.sqrt(widening))


def test_an_experiment_outside_the_data_is_refused_unless_allowed() -> None:
    old = experiment(date(2019, 6, 1), date(2019, 6, 10))
    with pytest.raises(InputError, match="outside the dates of the data, 2026-06-01 to 2026-07-01"):
        scaled_experiment(old, touches(), WINDOW)
    found = scaled_experiment(old, touches(), WINDOW, allow_outside=True)
    assert found.lift == pytest.approx(120.0, rel=1e-5)
    assert found.standard_error > 60


def test_an_experiment_without_touches_in_its_dates_is_refused() -> None:
    with pytest.raises(InputError, match="no touches from 2026-06-01 to 2026-06-10"):
        scaled_experiment(
            experiment(date(2026, 6, 1), date(2026, 6, 10)), touches(LAST_HALF), WINDOW
        )
