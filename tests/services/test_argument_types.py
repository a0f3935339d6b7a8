"""Arguments of a wrong type from Python are named, whatever they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from attrigraph.domain import Attribution, Conversion, Touchpoint
from attrigraph.errors import AttrigraphError, InputError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.services.argument_types import ARGUMENT_TYPES

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOUCHES = [Touchpoint("t", "ada", NOON, channel="search")]
ORDERS = [Conversion("c", "ada", NOON + timedelta(days=1), value=5.0)]
VALUES: list[Any] = [
    None, True, 0, -1, 2.5, float("nan"), "x", "", b"x", (), ("x",), (1,), ["x"], {}, {"a": 1},
    {1: 2}, {"x"}, object(), Path("no such file"), NOON, np.array([1]), iter("ab"),
]  # fmt: skip
NAMES = [
    *(*ARGUMENT_TYPES, "by", "customers", "journeys_by", "population", "purchase_window"),
    *("reading", "spend", "zone"),
]


def answer(**arguments: Any) -> Attribution:
    given = {"models": ["linear"], "draws": 0, **arguments}
    return MarketingIntelligence().compute_attribution(TOUCHES, ORDERS, **given)


def outcome(name: str, value: Any) -> str | None:
    """The sentence about a value; None where it is taken."""
    try:
        answer(**{name: value})
    except AttrigraphError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", NAMES)
def test_wrong_values_are_named_or_taken(name: str) -> None:
    for value in VALUES:
        sentence = outcome(name, value)
        assert sentence is None or "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "window",
            "2026-06",
            "window must be a pair of datetimes, start and end or None, got '2026",
        ),
        ("window", (NOON,), "window must be a pair of datetimes, start and end, got (datetime"),
        ("steps", "3", "steps must be a whole number or None, got '3'"),
        ("lookback_days", "7", "lookback_days must be a number, 'auto' or None, got '7'"),
        (
            "spend",
            "spend.csv",
            "spend must be a frame, a pathlib.Path or a list of them, got 'spend",
        ),
        ("spend", ["spend.csv"], "spend must be a frame, a pathlib.Path or a list of them, got ['"),
        ("customers", [1], "customers must be a pandas or polars frame or an Arrow table or None"),
        ("experiments", "e.csv", "experiments must be a pathlib.Path or a list of Experiment or N"),
        ("models", 3, "models must be a list of texts or None, got 3"),
        ("models", "linear", "models must be a list of names, such as ['linear'], got the text"),
    ],
)
def test_a_wrong_argument_is_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        answer(**{name: value})
    assert str(caught.value).startswith(message)


def test_collections_and_numbers_of_numpy_and_pandas_are_taken() -> None:
    found = answer(
        models=pandas.Series(["linear", "position-custom"]),
        only=np.array(["channel=search"]),
        position_weights=(0.4, np.float32(0.2), 0.4),
        seed=np.int64(1),
        half_life_days=np.float32(3),
        window=[NOON, NOON + timedelta(days=2)],
        conversion_kinds={"conversion"},
    )
    assert found.models["linear"].credits[0].conversions == 1
