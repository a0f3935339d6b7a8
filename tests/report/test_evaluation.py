"""Credit compared with the truth: no model is missing or silently left out of the figure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.test_page import Nesting, outline

from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.report.evaluation import render
from attrigraph.report.truth_figure import OTHERS, caption, credit_and_truth
from attrigraph.worlds.evaluation import evaluate
from attrigraph.worlds.truth import Truth

TRUTH = Truth(
    channels=("email", "a <b> & c"),
    credit=(40.0, 60.0),
    removal=(40.0, 60.0),
    baseline=100.0,
    total=200.0,
    customers=1000,
    measured_on=1000,
)


def model(name: str, *credit: float, incremental: bool = False) -> ModelCredits:
    lines = tuple(
        Credit(key, amount, amount, low=amount - 5, high=amount + 5)
        for key, amount in zip(TRUTH.channels, credit, strict=True)
    )
    return ModelCredits(name, incremental, Amount(200 - sum(credit), 0.0), lines)


MODELS = [
    model("incremental", 42, 57, incremental=True),
    model("last", 110, 90),
    model("first", 90, 110),
    model("position-u", 100, 100),
    model("position-w", 100, 100),
    model("position-j", 101, 99),
    model("time-decay", 102, 98),
    model("markov-2", 98, 102),
    model("shapley-rate", -4000, 3000),
]
INCREMENTAL = [*MODELS[:1], replace(MODELS[0], model="attention")]


def names_shown(models: list[ModelCredits]) -> list[str]:
    return [name for name, _ in credit_and_truth(TRUTH, models).legend]


def page(truth: Truth = TRUTH) -> str:
    return render(truth, MODELS, [evaluate(model, truth) for model in MODELS])


def test_every_model_is_in_the_table_with_its_kind() -> None:
    text = page()
    for model in MODELS:
        assert f"<td>{model.model}</td>" in text
    assert text.count(">not incremental</td>") == 8
    assert text.count(">incremental</td>") == 2  # its name and its kind


def test_a_model_with_much_larger_credits_is_omitted_from_the_figure_and_named() -> None:
    assert "Outside the figure: shapley-rate; see the table." in page()
    assert names_shown(MODELS) == ["incremental", "last", OTHERS]


def test_the_largest_channel_is_the_first_row_with_its_marks_in_scale() -> None:
    figure = credit_and_truth(TRUTH, MODELS)
    assert [row.channel for row in figure.rows] == ["a <b> & c", "email"]
    first = figure.rows[0]
    # by hand: the scale ends at 110, the largest number drawn
    assert first.bar.start == 0.0
    assert first.bar.width == pytest.approx(100 * 60 / 110, abs=0.01)
    ours = next(mark for mark in first.marks if mark.text.startswith("incremental"))
    assert ours.place == pytest.approx(100 * 57 / 110, abs=0.01)
    assert ours.ends == pytest.approx((100 * 52 / 110, 100 * 62 / 110), abs=0.01)
    assert ours.text == "incremental: 57.0 (52.0 to 62.0)"
    assert {mark.ends for mark in first.marks if mark is not ours} == {None}
    assert [name for _, name in figure.ticks] == ["0", "50", "100"]


def test_models_that_share_a_marker_have_one_entry_in_the_legend() -> None:
    marks = credit_and_truth(TRUTH, MODELS).rows[0].marks
    assert len(marks) == len(MODELS) - 1
    assert names_shown(MODELS).count(OTHERS) == 1
    assert [mark.text.split(":")[0] for mark in marks[-2:]] == ["incremental", "last"]


def test_a_few_models_have_their_own_markers_and_the_caption_mentions_only_those_shown() -> None:
    few = MODELS[2:5]
    assert names_shown(few) == ["first", "position-u", "position-w"]
    text = render(TRUTH, few, [evaluate(model, TRUTH) for model in few])
    assert "Other markers show models that are not incremental" in text
    assert "Diamonds" not in text


def test_two_incremental_models_do_not_overlap() -> None:
    figure = credit_and_truth(TRUTH, [*INCREMENTAL, MODELS[1]])
    assert sorted(mark.y for mark in figure.rows[0].marks) == [8, 24, 40]
    assert figure.height == 48
    assert caption(INCREMENTAL) == (
        "Diamonds show the credit by incremental and attention, with 90\u2009% intervals."
    )


def test_without_draws_there_are_no_intervals_and_no_mention_of_them() -> None:
    bare = replace(
        MODELS[0],
        credits=tuple(replace(line, low=None, high=None) for line in MODELS[0].credits),
    )
    figure = credit_and_truth(TRUTH, [bare, MODELS[1]])
    assert all(mark.ends is None for row in figure.rows for mark in row.marks)
    assert "interval" not in caption([bare])


def test_credit_that_is_not_identified_is_hollow_and_has_no_interval() -> None:
    credits = (replace(MODELS[0].credits[0], identified=False), MODELS[0].credits[1])
    sure, unsure = (
        row.marks[0] for row in credit_and_truth(TRUTH, [replace(MODELS[0], credits=credits)]).rows
    )
    assert (sure.marker.hollow, unsure.marker.hollow) == (False, True)
    assert sure.ends is not None
    assert (unsure.ends, unsure.text) == (None, "incremental: 42.0, not identified")


def test_the_page_is_small_static_and_complete() -> None:
    text = page()
    found = outline(text)
    assert (found.scripts, found.fetched) == (0, [])
    assert len(text.encode()) < 100_000
    assert "a <b> & c 60.0 57.0 (52.0 to 62.0) email 40.0 42.0 (37.0 to 47.0)" in " ".join(
        found.words
    )
    checker = Nesting()
    checker.feed(text)
    assert (checker.faults, checker.open) == ([], [])


def test_without_any_effect_of_marketing_credit_is_false_credit() -> None:
    text = page(replace(TRUTH, credit=(0.0, 0.0), baseline=200.0))
    assert "false credit</th>" in text
    assert "error</th>" not in text
    assert "<td>100%</td>" in text  # of the last touch
