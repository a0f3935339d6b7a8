"""Credit beside truth: every model is in it, and none is silently left out of the picture."""

from __future__ import annotations

from dataclasses import replace

from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.report.evaluation import render
from attrigraph.report.truth_picture import credit_beside_truth, in_words
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


def answer(model: str, *credit: float, incremental: bool = False) -> ModelCredits:
    lines = tuple(
        Credit(key, amount, amount, low=amount - 5, high=amount + 5)
        for key, amount in zip(TRUTH.channels, credit, strict=True)
    )
    return ModelCredits(model, incremental, Amount(200 - sum(credit), 0.0), lines)


ANSWERS = [
    answer("incremental", 42, 57, incremental=True),
    answer("last", 110, 90),
    answer("first", 90, 110),
    answer("position-u", 100, 100),
    answer("position-w", 100, 100),
    answer("position-j", 101, 99),
    answer("time-decay", 102, 98),
    answer("markov-2", 98, 102),
    answer("shapley-rate", -4000, 3000),
]
CLAIMS = [*ANSWERS[:1], replace(ANSWERS[0], model="attention")]


def names_drawn(answers: list[ModelCredits]) -> set[str]:
    return {trace.name for trace in credit_beside_truth(TRUTH, answers).data}


def page(truth: Truth = TRUTH) -> str:
    return render(truth, ANSWERS, [evaluate(answer, truth) for answer in ANSWERS])


def test_every_model_is_in_the_table_with_what_it_claims() -> None:
    text = page()
    for model in ANSWERS:
        assert f"<td>{model.model}</td>" in text
    assert text.count(">not incremental</td>") == 8
    assert text.count(">incremental</td>") == 2  # its name and its claim


def test_what_lies_far_off_is_said_and_not_drawn() -> None:
    assert "Too far off to be drawn: shapley-rate; see the table." in page()
    assert names_drawn(ANSWERS) == {"truth", "incremental", "last", "other rules"}


def test_the_largest_channel_comes_first_and_marks_stand_in_its_row() -> None:
    figure = credit_beside_truth(TRUTH, ANSWERS)
    assert list(figure.layout.yaxis.ticktext) == ["a &lt;b&gt; &amp; c", "email"]
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["truth"].x) == [60.0, 40.0]
    assert list(traces["incremental"].x) == [57, 42]
    assert [round(y) for y in traces["incremental"].y] == [0, 1]
    assert list(traces["incremental"].error_x.array) == [5, 5]


def test_rules_that_share_a_mark_stand_in_the_legend_once() -> None:
    others = [t for t in credit_beside_truth(TRUTH, ANSWERS).data if t.name == "other rules"]
    assert sorted(trace.showlegend for trace in others) == [False] * 5 + [True]


def test_a_few_rules_asked_by_name_have_each_a_mark_of_their_own_without_any_claim() -> None:
    few = ANSWERS[2:5]
    assert names_drawn(few) == {"truth", "first", "position-u", "position-w"}
    text = render(TRUTH, few, [evaluate(answer, TRUTH) for answer in few])
    assert "Marks are what rules say, which share out" in text
    assert "The diamond is" not in text
    assert "Diamonds are" not in text


def test_two_models_that_claim_to_know_do_not_cover_each_other() -> None:
    traces = {trace.name: trace for trace in credit_beside_truth(TRUTH, CLAIMS).data}
    high, low = traces["incremental"].y[0], traces["attention"].y[0]
    assert -0.5 < high < low < 0
    assert "Diamonds are what the models incremental and attention say, with their" in in_words(
        CLAIMS
    )
    assert "rules" not in in_words(CLAIMS)


def test_without_draws_there_are_no_whiskers_and_none_are_promised() -> None:
    bare = replace(
        ANSWERS[0],
        credits=tuple(replace(line, low=None, high=None) for line in ANSWERS[0].credits),
    )
    figure = credit_beside_truth(TRUTH, [bare, ANSWERS[1]])
    assert all(trace.error_x.array is None for trace in figure.data)
    assert "interval" not in in_words([bare])


def test_where_marketing_causes_nothing_credit_is_false_credit() -> None:
    text = page(replace(TRUTH, credit=(0.0, 0.0), baseline=200.0))
    assert "false credit</th>" in text
    assert "error</th>" not in text
    assert "<td>100%</td>" in text  # all that the last touch is credited with
