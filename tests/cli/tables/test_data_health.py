"""Data health as sentences."""

from __future__ import annotations

from attrigraph.cli.tables.data_health import health_of_kinds
from attrigraph.domain import Attribution, HealthLine, Observed


def test_lines_that_are_not_about_all_kinds_name_theirs() -> None:
    every, some, own = (HealthLine(code, "note", 1, 0.5, code, "look") for code in "abc")
    answers = [
        Attribution("channel", Observed(1, 1, 0.0), {}, kind=kind, data_health=lines)
        for kind, lines in (("order", (every, some)), ("lead", (every, some, own)), ("x", (every,)))
    ]
    assert list(health_of_kinds(answers)) == [
        "data health, note: a: look",
        "data health, note: b: look (kind order, lead)",
        "data health, note: c: look (kind lead)",
    ]
    assert list(health_of_kinds(answers[:1])) == [
        "data health, note: a: look",
        "data health, note: b: look",
    ]
