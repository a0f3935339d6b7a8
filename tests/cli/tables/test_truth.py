"""Credit and truth in the terminal: what is shown, in which words, and that it fits."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from attrigraph.cli.tables.truth import for_contrast, show_scores, show_verdicts, show_with_truth
from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.worlds.evaluation import evaluate
from attrigraph.worlds.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable

TRUTH = Truth(("email", "brand search"), (1400.0, 600.0), (0.0, 0.0), 1000.0, 3000.0, 9, 9)


def answer(model: str, *credit: float, incremental: bool = False) -> ModelCredits:
    lines = tuple(
        Credit(key, amount, amount, low=amount - 100, high=amount + 100)
        for key, amount in zip(TRUTH.channels, credit, strict=True)
    )
    return ModelCredits(model, incremental, Amount(3000 - sum(credit), 0.0), lines)


ANSWERS = [
    answer("incremental", 1350, 650, incremental=True),
    answer("first", 1000, 2000),
    answer("last", 1000, 2000),
    answer("linear", 1500, 1500),
]
SCORES = [evaluate(answer, TRUTH) for answer in ANSWERS]


def printed(show: Callable[..., None], *arguments: object) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    show(*arguments, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_incremental_credit_is_shown_with_the_truth_and_known_rules() -> None:
    lines = printed(show_with_truth, TRUTH, for_contrast(ANSWERS), SCORES)
    words = [" ".join(line.split()) for line in lines]
    assert "channel truth incremental 90 % interval last linear" in words
    assert "email 1,400 1,350 1,250 to 1,450 1,000 1,500" in words
    assert "baseline 1,000 1,000 0 0" in words
    assert "error 5% 90% 50%" in words
    text = " ".join(lines)
    assert "the 2,000 conversions that marketing causes): incremental 5%, last 90%" in text
    assert "last, linear: not incremental: these rules divide the observed conversions" in text


def test_named_rules_are_shown_with_the_truth_without_an_incremental_model() -> None:
    lines = printed(show_with_truth, TRUTH, ANSWERS[1:2], SCORES[1:2])
    words = [" ".join(line.split()) for line in lines]
    assert words[0] == "channel truth first"
    assert "email 1,400 1,000" in words
    assert "error 90%" in words
    assert words[-1].startswith(
        "first: not incremental: these rules divide the observed conversions"
    )


def test_every_rule_is_labelled_and_the_table_fits_eighty_columns() -> None:
    lines = printed(show_scores, SCORES)
    table = lines[: lines.index("")]
    assert [line.split()[0] for line in table[2:]] == ["incremental", "first", "last", "linear"]
    assert ["not incremental" in line for line in table[2:]] == [False, True, True, True]
    assert not any("…" in line for line in table)


def test_where_marketing_causes_nothing_there_is_no_error_but_false_credit() -> None:
    no_effect = Truth(TRUTH.channels, (0.0, 0.0), (0.0, 0.0), 3000.0, 3000.0, 9, 9)
    scores = [evaluate(answer, no_effect) for answer in ANSWERS]
    with_truth = printed(show_with_truth, no_effect, for_contrast(ANSWERS), scores)
    assert not any(line.startswith(("error", "Error")) for line in with_truth)
    assert "false credit" in printed(show_scores, scores)[0]


def test_the_legend_explains_the_columns_that_are_shown() -> None:
    no_effect = Truth(TRUTH.channels, (0.0, 0.0), (0.0, 0.0), 3000.0, 3000.0, 9, 9)
    with_effect = " ".join(printed(show_scores, SCORES))
    without = " ".join(printed(show_scores, [evaluate(answer, no_effect) for answer in ANSWERS]))
    assert ("error: distance" in with_effect, "false credit:" in with_effect) == (True, False)
    assert ("error: distance" in without, "false credit:" in without) == (False, True)
    assert "rank: Spearman" in with_effect


def test_what_is_captured_has_a_row_where_a_model_separates_it() -> None:
    lines = (Credit("email", 900.0, 0.0, captured=Amount(500.0, 0.0)),)
    apart = ModelCredits("incremental", True, Amount(1600.0, 0.0), lines)
    words = [
        " ".join(line.split())
        for line in printed(show_with_truth, TRUTH, [apart, ANSWERS[1]], SCORES)
    ]
    assert "captured 500 0" in words
    assert "total 3,000 3,000 3,000" in words
    assert not any(
        line.startswith("captured") for line in printed(show_with_truth, TRUTH, ANSWERS, SCORES)
    )


def test_verdicts_name_what_is_identified_and_count_false_ones() -> None:
    known = replace(TRUTH, identifiable=(True, False))
    lines = (
        Credit("email", 1000.0, 0.0, low=900.0, high=1100.0, identified=True),
        Credit("brand search", 700.0, 0.0, low=100.0, high=800.0, identified=False),
    )
    answer = ModelCredits("incremental", True, Amount(1300.0, 0.0), lines)
    words = [" ".join(line.split()) for line in printed(show_verdicts, answer, known)]
    assert "email 1,400 1,000 900 1,100 yes" in words
    assert "brand search 600 700 100 800 no" in words
    text = " ".join(words)
    assert "False reassurance: 100%, 1 of 1 channels shown without a flag" in text
    assert "False alarm: 0%, 0 of 1 channels that these data can identify" in text
