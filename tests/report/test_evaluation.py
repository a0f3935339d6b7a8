"""Credit compared with the truth: no model is missing or silently left out of the figure."""

from __future__ import annotations

from dataclasses import replace

from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.report.evaluation import render
from attrigraph.report.truth_figure import caption, credit_and_truth
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


def names_shown(models: list[ModelCredits]) -> set[str]:
    return {trace.name for trace in credit_and_truth(TRUTH, models).data}


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
    assert names_shown(MODELS) == {"truth", "incremental", "last", "other models"}


def test_the_largest_channel_is_the_first_row_with_its_markers() -> None:
    figure = credit_and_truth(TRUTH, MODELS)
    assert list(figure.layout.yaxis.ticktext) == ["a &lt;b&gt; &amp; c", "email"]
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["truth"].x) == [60.0, 40.0]
    assert list(traces["incremental"].x) == [57, 42]
    assert [round(y) for y in traces["incremental"].y] == [0, 1]
    assert list(traces["incremental"].error_x.array) == [5, 5]


def test_models_that_share_a_marker_have_one_entry_in_the_legend() -> None:
    others = [t for t in credit_and_truth(TRUTH, MODELS).data if t.name == "other models"]
    assert sorted(trace.showlegend for trace in others) == [False] * 5 + [True]


def test_a_few_models_have_their_own_markers_and_the_caption_mentions_only_those_shown() -> None:
    few = MODELS[2:5]
    assert names_shown(few) == {"truth", "first", "position-u", "position-w"}
    text = render(TRUTH, few, [evaluate(model, TRUTH) for model in few])
    assert "Other markers show models that are not incremental" in text
    assert "Diamonds" not in text


def test_two_incremental_models_do_not_overlap() -> None:
    traces = {trace.name: trace for trace in credit_and_truth(TRUTH, INCREMENTAL).data}
    high, low = traces["incremental"].y[0], traces["attention"].y[0]
    assert -0.5 < high < low < 0
    assert caption(INCREMENTAL) == (
        "Diamonds show the credit by incremental and attention, with 90\u2009% intervals."
    )


def test_without_draws_there_are_no_whiskers_and_no_mention_of_them() -> None:
    bare = replace(
        MODELS[0],
        credits=tuple(replace(line, low=None, high=None) for line in MODELS[0].credits),
    )
    figure = credit_and_truth(TRUTH, [bare, MODELS[1]])
    assert all(trace.error_x.array is None for trace in figure.data)
    assert "interval" not in caption([bare])


def test_without_any_effect_of_marketing_credit_is_false_credit() -> None:
    text = page(replace(TRUTH, credit=(0.0, 0.0), baseline=200.0))
    assert "false credit</th>" in text
    assert "error</th>" not in text
    assert "<td>100%</td>" in text  # of the last touch
