"""The picture of a decay curve: where the curve and its band reach one half."""

from __future__ import annotations

import re

import numpy as np
import pytest

from attrigraph.fatigue.creatives import DaysRemaining
from attrigraph.report.decay_picture import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Decay,
    decay_picture,
    stretched,
)
from creative_fatigues import creative, not_identified

FLAT = (0.9,) * 10
SLOW = tuple((0.5 ** (np.arange(3, 31, 3) / 40)).tolist())
"""One half in 40 days."""


def numbers(path: str) -> np.ndarray:
    return np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float)


def days(x: float) -> float:
    return (x - LEFT) / (RIGHT - LEFT) * 30


@pytest.mark.parametrize("end", [0.25, 5.0, 7.3, 20.0])
def test_a_stretched_curve_is_one_half_at_the_end_of_the_interval(end: float) -> None:
    ahead, ratio = stretched(Decay.of(creative()), end)
    assert ratio[ahead == end] == pytest.approx([0.5])
    assert (np.diff(ratio) <= 0).all()
    np.testing.assert_allclose(ratio, 0.5 ** (ahead / end))  # the curve halves in ten days


def test_the_band_begins_with_the_curve_and_is_one_half_at_low_and_high() -> None:
    drawn = decay_picture(creative())
    outline = numbers(drawn.band)
    late, early = np.split(outline, 2)
    for edge, end in ((late, 20.0), (early[::-1], 5.0)):
        [crossing] = edge[edge[:, 1] == drawn.half]
        assert days(crossing[0]) == pytest.approx(end, abs=0.1)
        assert edge[0].tolist() == [LEFT, TOP]
    assert drawn.days is not None
    assert days(drawn.days) == pytest.approx(10, abs=0.1)
    assert drawn.interval is not None
    assert [days(x) for x in drawn.interval] == pytest.approx([5, 20], abs=0.1)
    assert numbers(drawn.curve)[20].tolist() == [drawn.days, drawn.half]


def test_an_interval_that_begins_now_has_a_band_down_to_the_axis() -> None:
    drawn = decay_picture(creative(days_remaining=DaysRemaining(10.0, 0.0, 20.0, capped=False)))
    assert [LEFT, drawn.half] in numbers(drawn.band).tolist()
    assert numbers(drawn.band)[:, 1].max() == BOTTOM


def test_a_curve_beyond_the_horizon_goes_on_as_it_falls_last() -> None:
    decay = Decay.of(creative(decay_curve=SLOW))
    assert decay.tired_after == pytest.approx(40)
    assert decay.at(np.array([15.0, 40.0, 80.0])) == pytest.approx([0.5**0.375, 0.5, 0.25])


def test_the_band_of_thirty_days_or_more_includes_the_curve() -> None:
    capped = DaysRemaining(30.0, 20.0, 30.0, capped=True)
    drawn = decay_picture(creative(decay_curve=SLOW, days_remaining=capped))
    assert drawn.days is None
    late = numbers(drawn.band)[: len(numbers(drawn.band)) // 2]
    assert late[:, 1].tolist() == pytest.approx(numbers(drawn.curve)[:, 1].tolist())


def test_there_is_no_band_without_an_interval_or_without_a_time_to_stretch() -> None:
    assert decay_picture(not_identified()).band == ""
    assert decay_picture(not_identified()).interval is None
    tired_now = DaysRemaining(0.0, 0.0, 4.0, capped=False)
    worn = decay_picture(
        creative(fatigue_score=0.6, decay_curve=(0.3,) * 10, days_remaining=tired_now)
    )
    assert worn.band == ""
    assert worn.interval is not None
    for_ever = DaysRemaining(30.0, 25.0, 30.0, capped=True)
    assert decay_picture(creative(decay_curve=FLAT, days_remaining=for_ever)).band == ""


def test_paths_stay_in_the_picture() -> None:
    above = (1.2, *([0.0] * 9))
    for one in (creative(), creative(fatigue_score=-0.3, decay_curve=above)):
        drawn = decay_picture(one)
        for path in (drawn.curve, drawn.band):
            assert "nan" not in path
            places = numbers(path)
            assert (places >= 0).all()
            assert (places <= [WIDTH, HEIGHT]).all()
