from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attrigraph.adaptation.health_gate import Health
from attrigraph.cli.tables.adaptation import show_adaptation
from attrigraph.services.adaptation_report import AdaptationReport, AdapterRow, LogReport

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]

ROW = AdapterRow("lora-2", 0.75, 0.5, 0.97, 28, 2, 3)
LOG = LogReport("conversion rates by channel", 31, 6, 4, 1.5, 62.0, True, (ROW,))
HEALTH = Health("cautious", 0.5, 8 / 39, 40, 0.5)
REPORT = AdaptationReport(HEALTH, {"cautious": 1, "stable": 30}, (LOG,), ("a reason",))


@pytest.mark.parametrize("width", [32, 80])
def test_nothing_is_cut_off(width: int, in_terminal: Printed) -> None:
    lines = in_terminal(width, show_adaptation, REPORT)
    assert max(map(len, lines)) <= width
    text = "".join("".join(lines).split())
    for part in (
        "31predictionsof6rates,without4offewerconversions",
        "cumulativeloss<=1.05xfrozen+62",
        "areason",
        "healthgate:cautious;50%ofthenearestneighboursof40campaignskept,21%wouldbebychance",
        "cautious1day,stable30days",
    ):
        assert part in text, part


def test_a_row_has_its_figures(in_pipe: Printed) -> None:
    lines = [line.split() for line in in_pipe(show_adaptation, REPORT)]
    assert ["frozen", "1.500", "1.000"] in lines
    assert ["lora-2", "0.750", "0.500", "0.97", "28", "2", "3"] in lines


def test_late_feedback_has_no_bound_and_few_days_no_health(in_pipe: Printed) -> None:
    late = AdaptationReport(None, {}, (replace(LOG, is_prompt=False),), ())
    text = " ".join(in_pipe(show_adaptation, late))
    assert "the loss has no bound" in text
    assert "the graph has too few days for it" in text
