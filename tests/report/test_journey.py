"""The page of one journey: rows add up to the conversion, and bars show what the numbers are."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.report.test_page import NASTY, Nesting, outline

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.report.journey import render

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CONVERSION = Conversion("c1", "ada", NOON.replace(day=4), 80.0)
TOUCHES = [
    Touchpoint("t1", "ada", NOON, channel="a"),
    Touchpoint("t2", "ada", NOON.replace(day=4, hour=11), channel=NASTY, campaign=NASTY),
]


def page(*captured: float) -> str:
    return render(CONVERSION, TOUCHES, [0.5, -0.25], "incremental", captured=captured)


def test_touches_what_was_captured_and_the_baseline_add_up_to_the_conversion() -> None:
    words = " ".join(outline(page(0.0, 0.125)).words)
    assert "1. a impression 50.0% 40.00 3.0 days 2026-06-01 12:00" in words
    assert "-25.0% 12.5% -20.00 60.0 minutes 2026-06-04 11:00" in words
    assert "captured 12.5% 10.00 baseline 62.5% 50.00 all 100.0% 80.00" in words


def test_campaigns_and_creatives_are_called_by_their_names() -> None:
    touch = Touchpoint("t1", "ada", NOON, channel="a", campaign="101", creative="7")
    labels: dict[str, dict[str | None, str]] = {"campaign": {"101": "Brand"}}
    text = render(CONVERSION, [touch], [0.5], "linear", labels=labels)
    assert "impression · Brand · 7" in text


def test_bars_share_one_scale_and_negative_ones_are_left_of_zero() -> None:
    text = page()
    # by hand: the scale goes from -0.25 to 0.75, the baseline
    assert '<rect x="25.0" width="50.0" y="1" height="10" class="bar"/>' in text
    assert '<rect x="0.0" width="25.0" y="1" height="10" class="negative"/>' in text
    assert '<rect x="25.0" width="75.0" y="1" height="10" class="rest"/>' in text
    assert "Orange, left of the line at zero: negative credit" in text


def test_the_page_is_small_static_and_safe() -> None:
    text = page(0.0, 0.125)
    found = outline(text)
    assert (found.scripts, found.fetched) == (0, [])
    assert len(text.encode()) < 100_000
    assert NASTY in found.text
    assert "alert('x')</script>" not in text
    checker = Nesting()
    checker.feed(text)
    assert (checker.faults, checker.open) == ([], [])
