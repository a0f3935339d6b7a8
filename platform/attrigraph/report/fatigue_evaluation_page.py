"""Evaluation of methods of fatigue as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.fatigue.verdict import details, verdict
from attrigraph.report.page import template
from attrigraph.report.reliability_picture import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    across,
    reliability_marks,
    up,
)

if TYPE_CHECKING:
    from datetime import datetime

    from attrigraph.fatigue.evaluation import FatigueEvaluation

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def render(found: FatigueEvaluation, *, written: datetime) -> str:
    """The HTML of the page; it needs no network and no script.

    Args:
        found: the evaluation.
        written: when the page is written.
    """
    calibration = found.calibration
    return template("fatigue_evaluation.html.j2").render(
        found=found,
        verdict=verdict(found),
        details=list(details(found)),
        longest=max(one.days for one in found.methods),
        marks=() if calibration is None else reliability_marks(calibration.reliability),
        across=[(across(tick), f"{tick:g}") for tick in TICKS],
        up=[(up(tick), f"{tick:g}") for tick in TICKS],
        box={"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
        width=WIDTH,
        height=HEIGHT,
        written=written,
    )
