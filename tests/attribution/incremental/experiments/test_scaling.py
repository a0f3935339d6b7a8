"""Experiments scaled to the window of the data, and how their standard errors widen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

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


def experiment(start: date = date(2026, 6, 21), end: date = date(2026, 6, 30)) -> Experiment:
    return Experiment(id="x", channel="email", lift=40.0, standard_error=4.0, start=start, end=end)


def touches(time: np.ndarray = EVERY_HOUR, half_life: float = 1e-6) -> TargetTouches:
    return TargetTouches("email", time, half_life)


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
    # of the effect of the window the part after its end is missing as well
    in_test = (1 - 0.5 ** ((30 - EVERY_HOUR[EVERY_HOUR >= 20]) / 7)).mean()
    in_window = (1 - 0.5 ** ((30 - EVERY_HOUR) / 7)).mean()
    assert in_test == pytest.approx(effect_within(10, 7.0), abs=0.002)
    assert found.lift == pytest.approx(120.0 * in_window / in_test)
    assert found.lift / found.standard_error == pytest.approx(10.0)


@pytest.mark.parametrize("half_life", [0.5, 7.0, 60.0])
@pytest.mark.parametrize("time", [EVERY_HOUR, LAST_HALF, np.array([3.0, 29.9])])
def test_an_experiment_over_the_whole_window_has_its_own_lift(
    time: np.ndarray, half_life: float
) -> None:
    whole = experiment(date(2026, 6, 1), date(2026, 6, 30))
    # data that end with their last event, at noon
    for window in (WINDOW, Window(START, 29.5)):
        found = scaled_experiment(whole, touches(time[time < window.days], half_life), window)
        assert found.lift == pytest.approx(40.0)
        assert found.standard_error == pytest.approx(4.0)


def test_days_are_those_of_the_zone() -> None:
    # in Tokyo 21 June begins nine hours earlier, and 30 June ends nine hours before the window
    evening = np.array([19.7, 24.0, 29.7])
    in_utc = scaled_experiment(experiment(), touches(evening), WINDOW)
    tokyo = Window(START, 30.0, ZoneInfo("Asia/Tokyo"))
    in_tokyo = scaled_experiment(experiment(), touches(evening), tokyo)
    assert (in_utc.lift, in_tokyo.lift) == pytest.approx((40 * 3 / 2, 40 * 3 / 2))
    only_in_utc = np.array([5.0, 29.7])
    assert scaled_experiment(experiment(), touches(only_in_utc), WINDOW).lift == pytest.approx(80)
    with pytest.raises(InputError, match="no touches from 2026-06-21 to 2026-06-30"):
        scaled_experiment(experiment(), touches(only_in_utc), tokyo)


def test_an_old_experiment_counts_with_twice_the_variance_after_a_year() -> None:
    year = Window(START, 52 * 7 + 10.0)
    even = np.arange(0, year.days, 0.25)
    early = experiment(date(2026, 6, 1), date(2026, 6, 10))
    found = scaled_experiment(early, touches(even), year)
    assert found.lift / found.standard_error == pytest.approx(10 / np.sqrt(2), rel=1e-3)


def test_another_spend_per_day_widens() -> None:
    found = scaled_experiment(experiment(), touches(), WINDOW, tau_spend=2.0)
    assert found.lift / found.standard_error == pytest.approx(10 / np.sqrt(3.0))


def test_an_experiment_outside_the_data_is_refused_unless_allowed() -> None:
    old = experiment(date(2019, 6, 1), date(2019, 6, 10))
    with pytest.raises(InputError, match="outside the dates of the data, 2026-06-01 to 2026-06-30"):
        scaled_experiment(old, touches(), WINDOW)
    found = scaled_experiment(old, touches(), WINDOW, allow_outside=True)
    assert found.lift == pytest.approx(120.0, rel=1e-5)
    assert found.standard_error > 60


def test_an_experiment_without_touches_in_its_dates_is_refused() -> None:
    with pytest.raises(InputError, match="no touches from 2026-06-01 to 2026-06-10"):
        scaled_experiment(
            experiment(date(2026, 6, 1), date(2026, 6, 10)), touches(LAST_HALF), WINDOW
        )
