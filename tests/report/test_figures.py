"""What pictures have in common: order of rows, markers, and models that are far off."""

from __future__ import annotations

from attrigraph.attribution.models import MODELS
from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.report import figures
from attrigraph.report.figures import far_off, markers_of, ranked_keys


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


def test_every_model_has_a_marker_of_its_own() -> None:
    markers = markers_of([model(name) for name in MODELS])
    assert len(set(markers)) == len(MODELS)
    assert {marker.path for marker in markers} <= set(figures.SHAPES.values())


def test_long_keys_with_a_common_prefix_have_different_labels() -> None:
    labels = {figures.without_middle(f"2026_q1_de_always_on_brand_search_{n}") for n in (1, 2)}
    assert len(labels) == 2
    assert all(len(label) == figures.MAX_LABEL for label in labels)
