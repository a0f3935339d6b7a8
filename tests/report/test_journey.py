"""The picture of one journey: numbers are legible, and rows add up to the conversion."""

from __future__ import annotations

import math

from attrigraph.domain import Touchpoint
from attrigraph.report.journey import journey_with_credit

TOUCHES = [Touchpoint(f"t{n}", "ada", None, channel=channel) for n, channel in enumerate("ab")]


def test_the_bars_add_up_to_the_conversion() -> None:
    bars = journey_with_credit(TOUCHES, [0.5, -0.25], [0.0, 0.125]).data[0]
    assert list(bars.y) == ["1. a", "2. b", "captured", "baseline"]
    assert list(bars.x) == [0.5, -0.25, 0.125, 0.625]
    assert math.fsum(bars.x) == 1.0


def test_the_number_of_a_negative_bar_is_on_the_other_side_of_zero() -> None:
    bars, numbers = journey_with_credit(TOUCHES, [0.5, -0.25], [0.0, 0.0]).data
    assert list(bars.text) == ["50.0%", "", "75.0%"]
    assert (list(numbers.x), list(numbers.y)) == ([0.0], ["2. b"])
    assert list(numbers.text) == ["-25.0%"]
    assert numbers.textposition == "middle right"
