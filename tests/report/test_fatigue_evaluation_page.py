"""The page of an evaluation of methods of fatigue, and its reliability diagram."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from scipy.stats import binomtest

from attrigraph.fatigue.evaluation import CalibrationErrors, FatigueEvaluation, MethodErrors
from attrigraph.fatigue.metrics import ReliabilityBin
from attrigraph.report.fatigue_evaluation_page import render
from attrigraph.report.reliability_picture import (
    BOTTOM,
    LARGEST,
    RIGHT,
    TOP,
    reliability_marks,
    wilson,
)

BINS = (ReliabilityBin(0.1, 0.0, 25), ReliabilityBin(0.5, 0.6, 100), ReliabilityBin(1.0, 1.0, 4))
NETWORK = MethodErrors("graph network", 4, 0.5, 0.9, 0.95, has_curve=True)
HEAD = MethodErrors("head without graph", 3.5, -0.25, 0.91, None, has_curve=True)
FOUND = FatigueEvaluation(
    as_of=date(2026, 5, 1),
    until=date(2026, 5, 31),
    live=1200,
    units=129,
    campaigns=90,
    served="graph network",
    methods=(HEAD, NETWORK),
    calibration=CalibrationErrors(0.78, 0.1, 0.02, BINS),
    not_fitted={"Cox": "it does not converge"},
)
WRITTEN = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(("hits", "count"), [(0, 12), (5, 12), (12, 12), (400, 1000)])
def test_intervals_of_shares_are_those_of_scipy(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(0.8, method="wilson")
    assert wilson(hits / count, count) == pytest.approx((expected.low, expected.high), abs=1e-5)


def test_marks_lie_at_their_probability_and_share() -> None:
    first, middle, last = reliability_marks(BINS)
    assert first.y == BOTTOM
    assert (last.x, last.y) == (RIGHT, TOP)
    assert middle.radius == LARGEST
    assert first.radius == pytest.approx(LARGEST / 2)
    assert middle.low > middle.y > middle.high
    assert middle.text == "60% of 100 forecast at 50%"
    assert reliability_marks(()) == ()


def test_the_page_says_which_method_wins_and_how_it_is_served() -> None:
    page = render(FOUND, written=WRITTEN)
    assert "Head without graph beats the graph network, which is served" in page
    assert "<code>attrigraph fatigue train --method head-without-graph</code> serves it" in page
    assert page.count('<circle class="mark"') == 3
    assert "Cox is left out: it does not converge" in page
    assert "http" not in page


def test_without_intervals_there_is_no_diagram() -> None:
    page = render(replace(FOUND, calibration=None), written=WRITTEN)
    assert "<circle" not in page
    assert "Not calibrated" in page
