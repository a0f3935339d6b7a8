"""Scores, compared with values computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.worlds.evaluation import evaluate, rank_correlation
from attrigraph.worlds.truth import Truth

TRUTH = Truth(("a", "b", "c"), (10.0, 20.0, 30.0), (0.0, 0.0, 0.0), 40.0, 100.0, 1000, 1)


def model(*credits: Credit, baseline: float = 0.0) -> ModelCredits:
    return ModelCredits("m", False, Amount(baseline, 0.0), credits)


def test_error_share_error_and_rank() -> None:
    score = evaluate(model(Credit("a", 30.0, 0.0), Credit("b", 30.0, 0.0)), TRUTH)
    assert score.credited == 60.0
    assert score.error == pytest.approx((20 + 10 + 30) / 60)
    assert score.share_error == pytest.approx((2 / 6 + 1 / 6 + 3 / 6) / 2)
    assert score.rank == pytest.approx(-math.sqrt(3) / 2)
    assert math.isnan(score.covered)


def test_intervals_are_counted() -> None:
    lines = (Credit("a", 9.0, 0.0, low=8.0, high=11.0), Credit("b", 9.0, 0.0, low=8.0, high=11.0))
    assert evaluate(model(*lines), TRUTH).covered == 0.5


def test_credit_is_false_if_nothing_is_caused() -> None:
    nothing = Truth(("a",), (0.0,), (0.0,), 50.0, 50.0, 1000, 1)
    score = evaluate(model(Credit("a", 20.0, 0.0), baseline=30.0), nothing)
    assert score.false_credit == 0.4
    assert math.isnan(score.error)


def test_captured_conversions_count_as_observed() -> None:
    nothing = Truth(("a",), (0.0,), (0.0,), 50.0, 50.0, 1000, 1)
    line = Credit("a", 10.0, 0.0, captured=Amount(30.0, 0.0))
    assert evaluate(model(line, baseline=10.0), nothing).false_credit == 0.2


def test_the_error_in_value_is_relative_to_the_true_value() -> None:
    valued = replace(TRUTH, value=(100.0, 200.0, 700.0))
    answer = model(Credit("a", 0.0, 50.0), Credit("b", 0.0, 450.0))
    assert evaluate(answer, valued).value_error == pytest.approx((50 + 250 + 700) / 1000)
    assert math.isnan(evaluate(answer, TRUTH).value_error)


def test_rank_correlation_of_ties_and_constants() -> None:
    assert rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])) == 1.0
    assert math.isnan(rank_correlation(np.array([1.0, 1.0]), np.array([1.0, 2.0])))
