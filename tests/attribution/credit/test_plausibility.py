"""Impossible figures are noted, for any model."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.credit.plausibility import with_warnings
from attrigraph.attribution.data import PathData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.domain import Amount, Credit, ModelCredits, Observed, PathCounts

OBSERVED = Observed(journeys=20, conversions=10, value=100.0)


def answer(*credits: tuple[float, float], baseline: tuple[float, float]) -> ModelCredits:
    lines = tuple(Credit(str(i), c, v) for i, (c, v) in enumerate(credits))
    return ModelCredits("some-model", True, Amount(*baseline), lines, notes=("first",))


@pytest.mark.parametrize(
    ("credits", "baseline"),
    [
        ([(4.0, 40.0), (6.0, 60.0)], (0.0, 0.0)),
        ([(-1.0, -10.0), (10.0, 100.0)], (1.0, 10.0)),
        ([], (10.0, 100.0)),
        ([(10.0 + 1e-10, 100.0)], (-1e-10, 0.0)),
    ],
)
def test_possible_figures_have_no_note(
    credits: list[tuple[float, float]], baseline: tuple[float, float]
) -> None:
    assert with_warnings(answer(*credits, baseline=baseline), OBSERVED).notes == ("first",)


def test_a_baseline_outside_of_what_was_observed_is_noted() -> None:
    for conversions in (-1.0, 11.0):
        impossible = answer((10.0 - conversions, 50.0), baseline=(conversions, 50.0))
        (first, note, *_) = with_warnings(impossible, OBSERVED).notes
        assert first == "first"
        assert f"a baseline of {conversions:g}" in note
        assert "10 conversions were observed" in note
        assert "do not use some-model" in note


def test_credits_above_what_was_observed_are_noted() -> None:
    impossible = answer((11.0, 50.0), (-11.0, 50.0), baseline=(10.0, 0.0))
    (_, note) = with_warnings(impossible, OBSERVED).notes
    assert note == (
        "implausible: 2 credits above the total in absolute terms, where 10 conversions were "
        "observed; do not use some-model on these data"
    )


def test_impossible_value_is_noted_too() -> None:
    (_, note) = with_warnings(answer((10.0, 101.0), baseline=(0.0, -1.0)), OBSERVED).notes
    assert "a baseline of -1 and 1 credit above" in note
    assert "100 of value were observed" in note


@pytest.mark.parametrize("captured", [-1.0, 12.0])
def test_captured_parts_outside_of_what_was_observed_are_noted(captured: float) -> None:
    line = Credit("a", 0.0, 50.0, captured=Amount(captured, 0.0))
    impossible = ModelCredits("some-model", True, Amount(5.0, 50.0), (line,))
    (note,) = with_warnings(impossible, OBSERVED).notes
    assert f"{captured:g} captured, where 10 conversions were observed" in note


def test_rate_game_with_one_untouched_customer_who_did_not_convert() -> None:
    """63 of 64 untouched journeys converted: the rate of no touch is applied to all journeys."""
    paths = PathCounts(
        keys=("display", "email"),
        offsets=np.array([0, 0, 1, 2]),
        codes=np.array([0, 1], np.int32),
        conversions=np.array([63.0, 1.0, 0.0]),
        value=np.zeros(3),
        nulls=np.array([1.0, 400.0, 400.0]),
    )
    analysis = Analysis(PathData(paths, ModelOptions(draws=0)))
    answers = analysis.attribute(["shapley-rate", "linear"], "channel").models
    (note,) = answers["shapley-rate"].notes
    assert answers["shapley-rate"].baseline.conversions > 800
    assert note.startswith("implausible: a baseline of 851.5 and 2 credits above the total")
    assert answers["linear"].notes == ()
