"""Levels of response curves: what campaigns borrow, and what an open interval leaves open."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.curve_levels import (
    Levels,
    shrunk_to_channels,
    widened_to_intervals,
)
from attrigraph.domain import Credit

RNG = np.random.default_rng(4)
TOUCHES = np.array([1_000.0, 500.0, 250.0, 125.0, 60.0, 900.0])
CHANNEL = np.array([0, 0, 0, 0, 0, 1])


def levels_of(value: np.ndarray, sd: np.ndarray, draws: int = 400) -> Levels:
    noise = RNG.standard_normal((draws, len(value))) * sd
    keys = tuple("abcdef"[: len(value)])
    return Levels(keys, value, value + noise, TOUCHES[: len(value)], CHANNEL[: len(value)])


def test_the_campaigns_of_a_channel_keep_their_sum_in_every_draw() -> None:
    levels = levels_of(np.array([900.0, 700.0, 90.0, 10.0, 90.0, 50.0]), np.sqrt(TOUCHES) * 3)
    found = shrunk_to_channels(levels)
    assert found.value[:5].sum() == pytest.approx(levels.value[:5].sum())
    np.testing.assert_allclose(found.draws[:, :5].sum(axis=1), levels.draws[:, :5].sum(axis=1))
    # alone in its channel, nobody to borrow from
    assert found.value[5] == levels.value[5]
    np.testing.assert_array_equal(found.draws[:, 5], levels.draws[:, 5])


def test_campaigns_whose_difference_is_noise_get_the_value_per_touch_of_the_channel() -> None:
    noise = 4 * np.sqrt(TOUCHES)
    value = TOUCHES + noise * np.array([0.3, -0.5, 0.4, -0.2, 0.6, 0.0])
    found = shrunk_to_channels(levels_of(value, noise))
    rate, before = found.value[:5] / TOUCHES[:5], value[:5] / TOUCHES[:5]
    assert np.ptp(rate) < 0.2 * np.ptp(before)
    spread = found.draws.std(axis=0) / TOUCHES
    assert spread[4] < 0.5 * noise[4] / TOUCHES[4]


def test_campaigns_that_are_known_to_differ_stay_as_they_are() -> None:
    value = TOUCHES * np.array([1.0, 0.2, 2.0, 0.5, 3.0, 1.0])
    found = shrunk_to_channels(levels_of(value, 1e-3 * TOUCHES))
    np.testing.assert_allclose(found.value, value, rtol=1e-3)


def test_campaigns_without_draws_stay_as_they_are() -> None:
    value = TOUCHES * np.array([1.0, 0.2, 2.0, 0.5, 3.0, 1.0])
    found = shrunk_to_channels(levels_of(value, 0 * TOUCHES))
    np.testing.assert_allclose(found.value, value)


def test_campaigns_of_a_channel_that_brought_nothing_have_its_value_per_touch() -> None:
    value = TOUCHES * np.array([-1.0, 0.2, -2.0, 0.5, 0.1, 1.0])
    found = shrunk_to_channels(levels_of(value, np.sqrt(TOUCHES)))
    rate = value[:5].sum() / TOUCHES[:5].sum()
    np.testing.assert_allclose(found.value[:5], rate * TOUCHES[:5])


def test_twice_the_money_is_twice_the_value() -> None:
    levels = levels_of(np.array([900.0, 700.0, 90.0, 10.0, 90.0, 50.0]), np.sqrt(TOUCHES) * 3)
    double = Levels(levels.keys, 2 * levels.value, 2 * levels.draws, levels.touches, levels.channel)
    found, doubled = shrunk_to_channels(levels), shrunk_to_channels(double)
    np.testing.assert_allclose(doubled.value, 2 * found.value)
    np.testing.assert_allclose(doubled.draws, 2 * found.draws)


def test_what_is_not_identified_has_draws_as_wide_as_its_interval() -> None:
    levels = levels_of(np.array([100.0, 100.0]), np.array([5.0, 5.0]))
    open_line = Credit("a", 1.0, 100.0, value_low=-20.0, value_high=700.0, reasons=("no-overlap",))
    known = Credit("b", 1.0, 100.0, value_low=90.0, value_high=110.0)
    found = widened_to_intervals(levels, {"a": open_line, "b": known})
    ends = np.percentile(found.draws[:, 0], [5, 50, 95])
    np.testing.assert_allclose(ends, [-20, 100, 700], rtol=0.02, atol=3)
    order = np.argsort(levels.draws[:, 0])
    assert (np.diff(found.draws[order, 0]) > 0).all()
    np.testing.assert_array_equal(found.draws[:, 1], levels.draws[:, 1])
    assert found.value[0] == 100.0
