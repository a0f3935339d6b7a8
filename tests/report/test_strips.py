"""Scales of strips: zero is in them, and ticks are round numbers within."""

from __future__ import annotations

import pytest

from attrigraph.report.strips import Scale


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, (0.0, 0.5, 1.0)),
        (0.0, 110.0, (0.0, 50.0, 100.0)),
        (-0.25, 0.75, (-0.2, 0.0, 0.2, 0.4, 0.6)),
        (0.0, 4_999.0, (0.0, 1000.0, 2000.0, 3000.0, 4000.0)),
        (-30.0, -0.0, (-30.0, -20.0, -10.0, 0.0)),
    ],
)
def test_ticks_are_round_numbers_within_the_scale(
    low: float, high: float, ticks: tuple[float, ...]
) -> None:
    assert Scale(low, high).ticks() == ticks


def test_there_are_at_most_so_many_ticks_at_every_size() -> None:
    for exponent in range(-6, 9):
        for factor in (1.0, 1.3, 2.4, 4.9, 7.7, 9.99):
            scale = Scale(-0.4 * factor * 10.0**exponent, factor * 10.0**exponent)
            assert 2 <= len(scale.ticks()) <= 5
            assert 0.0 in scale.ticks()


def test_zero_is_always_in_the_scale_and_bars_begin_there() -> None:
    scale = Scale.over([20.0, -5.0])
    strip = scale.strip(-5.0, (-5.0, 0.0))
    assert (strip.zero, strip.value, strip.start, strip.width) == (20.0, 0.0, 0.0, 20.0)
    assert (strip.low, strip.high) == (0.0, 20.0)
    assert Scale.over([]) == Scale(0.0, 1.0)
