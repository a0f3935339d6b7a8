"""The table of credits shows how far an incremental model is to be trusted."""

from __future__ import annotations

import io

from rich.console import Console

from attrigraph.cli.tables.credit import show
from attrigraph.domain import (
    Amount,
    Attribution,
    Credit,
    ModelCredits,
    Observed,
    RemovalCheck,
    RemovalEstimate,
)


def printed(*checks: RemovalCheck) -> list[str]:
    model = ModelCredits(
        "incremental",
        True,
        Amount(40.0, 0.0),
        (
            Credit("display", 50.0, 0.0, low=40.0, high=60.0, e_value=2.345),
            Credit(None, 10.0, 0.0, low=-5.0, high=25.0),
        ),
        checks=checks,
    )
    told = io.StringIO()
    answer = Attribution("channel", Observed(500, 100, 0.0), {"incremental": model})
    show(answer, console=Console(file=told, width=100))
    return told.getvalue().splitlines()


def test_checks_and_e_values_stand_under_the_credits_and_disagreement_is_marked():
    lines = printed(
        RemovalCheck("display", 60.0, RemovalEstimate(70.0, 10.0), RemovalEstimate(90.0, 10.0)),
        RemovalCheck(None, 12.0, RemovalEstimate(12.0, 1.0), None),
    )
    start = next(n for n, line in enumerate(lines) if line.startswith("Conversions lost"))
    rows = [line.split() for line in lines[start + 3 : start + 5]]
    assert rows == [
        ["display", "60", "70", "±", "20", "90", "±", "20", "*", "2.35"],
        ["(unknown)", "12", "12", "±", "2", "none", "none"],
    ]
    assert any(line.startswith("E-value: ") for line in lines)
    assert any(line.startswith("* incremental lies outside") for line in lines)


def test_nothing_is_marked_where_all_methods_agree():
    fine = RemovalEstimate(60.0, 10.0)
    lines = printed(RemovalCheck("display", 60.0, fine, fine), RemovalCheck(None, 60.0, fine, fine))
    assert not any("*" in line for line in lines)


def test_an_answer_without_checks_has_no_such_block():
    assert not any("E-value" in line for line in printed())
