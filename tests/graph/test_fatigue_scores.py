"""Scores that may not be written are refused with the creative that they are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.graph.fatigue_scores import CreativeScores


def scores(n: int = 3) -> CreativeScores:
    numbers = np.linspace(0.1, 0.4, n)
    return CreativeScores(
        as_of=date(2026, 6, 1),
        currency="EUR",
        creatives=[f"r{i}" for i in range(n)],
        score=numbers,
        days_remaining=10 * numbers,
        days_low=numbers,
        days_high=20 * numbers,
        capped=numbers > 9,
        decay_curve=np.tile(np.linspace(0.9, 0.1, 10), (n, 1)),
        confidence=numbers,
        p_tired_7d=numbers.tolist(),
        loss_per_day=[1.0] * n,
        loss_per_week=[7.0] * n,
        loss_low=[-1.0] * n,
        loss_high=[9.0] * n,
        loss_by_siblings=[2.0] * n,
        loss_basis=["value_per_click"] * n,
        element=["hook", *[None] * (n - 1)],
        method=["network"] * n,
        reasons=[()] * n,
    )


def test_good_scores_are_columns() -> None:
    columns = scores().columns()
    assert {len(column) for column in columns.values()} == {3}
    assert columns["curve"][0] == pytest.approx(np.linspace(0.9, 0.1, 10))
    assert scores(0 + 1).columns()["element"] == ["hook"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"score": np.array([0.1, np.nan, 0.1])},
            "score must be a number from 0 to 1, got nan for",
        ),
        ({"score": np.array([0.1, 1.1, 0.1])}, "got 1.1 for creative 'r1'"),
        ({"days_high": np.array([31.0, 1, 1])}, "days_high must be a number from 0 to 30, got 31"),
        ({"decay_curve": np.full((3, 10), np.inf)}, "decay_curve must be a number from 0 to 1"),
        ({"decay_curve": np.zeros((3, 9))}, r"must have the shape \(3, 10\), got \(3, 9\)"),
        ({"loss_low": [0.0, None, float("-inf")]}, "loss_low must be finite, got -inf for .*'r2'"),
        ({"loss_per_week": [0.0, 1.0, float("nan")]}, "loss_per_week must be finite, got nan"),
        ({"method": ["a"]}, "needs 3 values, one per creative, got 1 of method"),
        ({"creatives": ["a", "b", "a"]}, "a creative has two rows"),
    ],
)
def test_bad_scores_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(scores(), **changed).columns()


def test_amounts_may_be_unknown() -> None:
    none = replace(scores(), loss_per_week=[None, 1.0, None])
    assert none.columns()["loss"] == [None, 1.0, None]
