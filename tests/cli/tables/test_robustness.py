"""How a decision moves, as a table: a line per check, what failed, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.robustness import show
from attrigraph.domain import Robustness, RobustnessCheck

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]


def test_a_row_per_check_and_the_verdict(in_pipe: Printed) -> None:
    checks = (
        RobustnessCheck("10% of touches lost", "email", "radio", 0.9),
        RobustnessCheck("model last", "search", "radio", 0.5),
        RobustnessCheck("only the last 30 days", failure="too few conversions"),
    )
    lines = in_pipe(show, Robustness("incremental", True, "email", "radio", checks, "it holds"))
    assert lines == [
        "",
        "Robustness of incremental: best and worst channel by credited value per cost",
        "change                best     worst   same order",
        "─────────────────────────────────────────────────",
        "as it is              email    radio",
        "10% of touches lost   email    radio          90%",
        "model last            search   radio          50%",
        "",
        "only the last 30 days: no answer, too few conversions",
        "it holds",
    ]
