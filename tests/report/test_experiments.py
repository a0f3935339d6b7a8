"""Experiments on the page: which the run used, why others not, and whether they agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from tests.report.test_page import NASTY, causal_report, files_of, outline, report

from attrigraph.domain import Experiment, ExperimentAgreement
from attrigraph.report.page import render

if TYPE_CHECKING:
    from attrigraph.report.data import ReportData

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
TESTS = (
    Experiment(
        id="e1", channel="Email", lift=4, standard_error=1, start=FIRST, end=LAST, source=NASTY
    ),
    Experiment(
        id="e2", channel="Email", lift=150, standard_error=20, start=FIRST, end=LAST, kind="geo"
    ),
    Experiment(id="old", campaign="c1", lift=-1.0, standard_error=9.0, start=FIRST, end=LAST),
)
AGREEMENT = ExperimentAgreement(
    "Email", ("e1", "e2"), 60.0, 12.5, 44.0, 7.25, 0.0004, 0.034, 0.613, "contradict"
)
LEFT_OUT = "an experiment was left out: experiment 'old' ran from 2001-01-01 to 2001-02-01"


def data(*tests: Experiment) -> ReportData:
    plain = causal_report()
    answer = plain.levels[0]
    model = replace(answer.models["incremental"], agreement=(AGREEMENT,), notes=(LEFT_OUT,))
    levels = (replace(answer, models={**answer.models, "incremental": model}),)
    return replace(plain, levels=levels, experiments=tests)


def test_experiments_are_listed_with_their_use() -> None:
    page = render(data(*TESTS))
    text = " ".join(outline(page).words)
    table = text[text.index("in this run") :]
    assert "channel Email holdout 2026-06-01 to 2026-06-30 4.00 ± 1.00 used" in table
    assert "e2 channel Email geo 2026-06-01 to 2026-06-30 150.00 ± 20.00 used" in table
    assert "old campaign c1" in table
    assert "left out: it ran from 2001-01-01 to 2001-02-01" in table
    assert "alert('x')</script>" not in page


def test_agreement_has_both_figures_and_a_verdict_in_words() -> None:
    text = " ".join(outline(render(data(*TESTS))).words)
    assert (
        "Email 2 (p below 0.001 between them) 60.0 ± 12.5 44.0 ± 7.2 0.034 61% they contradict "
        "each other, so the channel is not identified"
    ) in text


def test_experiments_are_a_csv_file_with_one_form() -> None:
    rows = files_of(render(data(*TESTS)))["experiments.csv"]
    assert [(row["id"], row["lift"], row["campaign"]) for row in rows] == [
        ("e1", "4", ""), ("e2", "150", ""), ("old", "-1.0", "c1"),
    ]  # fmt: skip
    (agreement,) = files_of(render(data(*TESTS)))["agreement.csv"]
    assert (agreement["channel"], agreement["experiments"]) == ("Email", "e1 e2")
    assert [row["use"][:8] for row in rows] == ["used", "used", "left out"]


def test_without_experiments_there_is_no_section_and_rules_use_none() -> None:
    assert "Do experiments and model agree" not in render(data())
    page = render(replace(report("Email"), experiments=TESTS[:1]))
    assert "not used: the run has no causal model" in page
    assert "Do experiments and model agree" not in page


def test_a_run_that_did_not_store_the_use_leaves_it_open() -> None:
    rows = files_of(render(replace(causal_report(), experiments=TESTS[:1])))["experiments.csv"]
    assert rows[0]["use"] == ""
