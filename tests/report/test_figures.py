"""Figures of the report: order of rows, intervals, and models that are far off."""

from __future__ import annotations

from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.report import figures
from attrigraph.report.figures import far_off, ranked_keys, whiskers


def model(name: str, *, incremental: bool = False, **credit: float) -> ModelCredits:
    lines = tuple(Credit(key, amount, amount) for key, amount in credit.items())
    return ModelCredits(name, incremental, Amount(0.0, 0.0), lines)


def attribution(*models: ModelCredits) -> Attribution:
    return Attribution("channel", Observed(10, 10, 10.0), {m.model: m for m in models})


RULES = (model("last", a=9, b=1), model("linear", a=6, b=4), model("first", a=8, b=2))
OFF = model("shapley-rate", a=-90, b=95)


def test_rows_are_ordered_by_the_incremental_model() -> None:
    incremental = model("incremental", incremental=True, a=1, b=3)
    assert ranked_keys(attribution(*RULES, incremental)) == ["b", "a"]
    assert ranked_keys(attribution(*RULES)) == ["a", "b"]


def test_a_model_with_much_larger_credits_does_not_rank_keys() -> None:
    assert far_off([*RULES, OFF]) == ("shapley-rate",)
    assert far_off(RULES) == ()
    assert ranked_keys(attribution(*RULES, OFF)) == ["a", "b"]


def test_models_with_only_zeros_are_not_far_off() -> None:
    assert far_off([model("last", a=0), model("first", a=0)]) == ()


def test_whiskers_extend_from_low_to_high() -> None:
    bars = whiskers([Credit("a", 5, 5, low=2, high=9), Credit("b", 1, 1)], "#000000")
    assert bars["array"] == [4, 0]
    assert bars["arrayminus"] == [3, 0]


def test_markers_that_are_not_identified_are_hollow_and_have_no_whiskers() -> None:
    credits = (
        Credit("a", 5.0, 5.0, low=2.0, high=9.0, identified=True),
        Credit("b", 3.0, 3.0, low=-9.0, high=15.0, identified=False),
        Credit("c", 2.0, 2.0, low=1.0, high=3.0),
    )
    causal = ModelCredits("incremental", True, Amount(0.0, 0.0), credits)
    points = [(credit, 0.0) for credit in credits]
    sure, unsure = figures.traces(causal, points, figures.markers_of([causal])[0], decimals=2)
    assert (list(sure.x), list(unsure.x)) == ([5.0, 2.0], [3.0])
    assert unsure.name == "incremental, not identified"
    assert (sure.marker.symbol, unsure.marker.symbol) == ("diamond", "diamond-open")
    assert list(sure.error_x.array) == [4.0, 1.0]
    assert unsure.error_x.array is None


def test_long_keys_with_a_common_prefix_have_different_labels() -> None:
    keys = [f"2026_q1_de_always_on_brand_search_{n}" for n in (1, 2)]
    labels = {figures.shortened(key, key) for key in keys}
    assert len(labels) == 2
    assert all(len(label) == figures.MAX_LABEL for label in labels)
    assert figures.shortened("<b>", "<b>" * 20).startswith("&lt;b&gt;")
