"""The report's pictures: order of rows, lanes of families, intervals, and what lies far off."""

from __future__ import annotations

import pytest

from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.report import figures
from attrigraph.report.figures import credit_by_model, far_off, ranked_keys, whiskers


def model(name: str, *, incremental: bool = False, **credit: float) -> ModelCredits:
    lines = tuple(Credit(key, amount, amount) for key, amount in credit.items())
    return ModelCredits(name, incremental, Amount(0.0, 0.0), lines)


def attribution(*models: ModelCredits) -> Attribution:
    return Attribution("channel", Observed(10, 10, 10.0), {m.model: m for m in models})


RULES = (model("last", a=9, b=1), model("linear", a=6, b=4), model("first", a=8, b=2))
OFF = model("shapley-rate", a=-90, b=95)


def test_rows_follow_the_model_that_says_what_marketing_caused() -> None:
    caused = model("incremental", incremental=True, a=1, b=3)
    assert ranked_keys(attribution(*RULES, caused)) == ["b", "a"]
    assert ranked_keys(attribution(*RULES)) == ["a", "b"]


def test_a_model_that_lies_far_off_neither_ranks_keys_nor_takes_the_others_room() -> None:
    assert far_off([*RULES, OFF]) == ("shapley-rate",)
    assert far_off(RULES) == ()
    assert ranked_keys(attribution(*RULES, OFF)) == ["a", "b"]
    visible = {t.name: t.visible for t in credit_by_model(attribution(*RULES, OFF)).data}
    assert visible == {"last": True, "linear": True, "first": True, "shapley-rate": "legendonly"}


def test_models_of_nothing_but_zeros_are_not_far_off() -> None:
    assert far_off([model("last", a=0), model("first", a=0)]) == ()


def test_families_have_lanes_of_their_own_within_the_row() -> None:
    traces = {t.name: t for t in credit_by_model(attribution(*RULES)).data}
    assert traces["last"].y == traces["first"].y
    assert traces["last"].y != traces["linear"].y
    assert all(abs(place - row) < 0.5 for t in traces.values() for row, place in enumerate(t.y))


def test_whiskers_reach_from_low_to_high_also_where_the_credit_lies_outside() -> None:
    drawn = whiskers([Credit("a", 5, 5, low=2, high=9), None, Credit("b", 1, 1)], "#000000")
    assert drawn["array"] == [4, 0, 0]
    assert drawn["arrayminus"] == [3, 0, 0]


@pytest.mark.parametrize("keys", [1, 30])
def test_keys_beyond_those_drawn_are_left_to_the_table(keys: int) -> None:
    given = {f"key{i:02}": float(30 - i) for i in range(keys)}
    figure = credit_by_model(attribution(model("last", **given)))
    assert list(figure.layout.yaxis.ticktext) == list(given)[:25]


def test_long_keys_that_begin_alike_keep_labels_of_their_own():
    keys = [f"2026_q1_de_always_on_brand_search_{n}" for n in (1, 2)]
    labels = {figures.shortened(key, key) for key in keys}
    assert len(labels) == 2
    assert all(len(label) == figures.LONGEST_LABEL for label in labels)
    assert figures.shortened("<b>", "<b>" * 20).startswith("&lt;b&gt;")
