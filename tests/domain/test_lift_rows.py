"""Lift rows for media mix models: values by hand, and what is left out with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.domain.lift_rows import Z_90
from attrigraph.domain.media_spend import MediaSpend
from attrigraph.errors import InputError

SPEND = MediaSpend(
    date(2026, 6, 1),
    date(2026, 6, 28),
    {"tv": 200.0, "email": 40.0, "harmful": 10.0, "doubtful": 10.0, "open": 80.0, "direct": 5.0},
    {"tv": "the spend on tv is the cost of 3 of its 4 touches", "open": "unused"},
)


def credit(key: str | None, conversions: float, error: float, **more: Any) -> Credit:
    """A credit with these standard errors, of conversions and of a value of 30 each."""
    half = error * Z_90
    return Credit(
        key,
        conversions,
        30 * conversions,
        low=conversions - half,
        high=conversions + half,
        value_low=30 * (conversions - half),
        value_high=30 * (conversions + half),
        **{"identified": True, **more},
    )


CREDITS = (
    credit("tv", 40.0, 5.0),
    credit("email", 8.0, 2.0),
    credit("open", 30.0, 4.0, identified=False, reasons=("future-touches",)),
    credit("radio", 7.0, 1.0),
    credit("direct", 0.0, 1.0, identified=False, reasons=("not-marketing",)),
    credit("doubtful", -1.0, 1.0),
    credit("harmful", -6.0, 2.0),
    credit(None, 3.0, 1.0),
)


def answer(*credits: Credit, **changes: Any) -> Attribution:
    model = ModelCredits("incremental", True, Amount(10.0, 300.0), credits or CREDITS)
    found = Attribution("channel", Observed(90, 91, 2730.0), {"incremental": model}, spend=SPEND)
    return replace(found, **changes)


def test_pymc_rows_are_lifts_of_a_week_from_no_spend() -> None:
    found = answer().lift_rows("pymc")
    assert found.columns == ("channel", "x", "delta_x", "delta_y", "sigma")
    # a quarter of 28 days: 200 / 4, 40 / 4, 5 / 4; 40 / 4, 8 / 4, 2 / 4
    assert [tuple(row.values()) for row in found.rows] == [
        ("tv", 0.0, 50.0, pytest.approx(10.0), pytest.approx(1.25)),
        ("email", 0.0, 10.0, pytest.approx(2.0), pytest.approx(0.5)),
    ]
    assert all(tuple(row) == found.columns for row in found.rows)


def test_pymc_rows_have_another_period_and_values_on_request() -> None:
    row = answer().lift_rows("pymc", values=True, period_days=14).rows[0]
    assert row["delta_x"] == pytest.approx(100.0)
    assert row["delta_y"] == pytest.approx(20.0 * 30)
    assert row["sigma"] == pytest.approx(2.5 * 30)


def test_pymc_takes_neither_zero_nor_negative_credit() -> None:
    assert answer().lift_rows("pymc").notes == (
        "left out, because the data do not identify their credit: open",
        "left out, because the spend on them is unknown: radio, (unknown)",
        "left out, because they are no marketing: direct",
        "left out, because PyMC-Marketing takes no credit of 0 or below: doubtful, harmful",
        "the spend on tv is the cost of 3 of its 4 touches",
    )


def test_meridian_rows_are_the_return_on_spend_with_its_dates() -> None:
    found = answer().lift_rows("meridian")
    assert found.rows[0] == {
        "channel_name": "tv",
        "point_estimate": pytest.approx(40 * 30 / 200),
        "standard_error": pytest.approx(5 * 30 / 200),
        "experiment_kpi_type": "revenue",
        "total_spend": 200.0,
        "experiment_start_date": "2026-06-01",
        "experiment_end_date": "2026-06-28",
    }
    # -1 + 1.96 * 1 is above 0, and -6 + 1.96 * 2 is below
    assert [row["channel_name"] for row in found.rows] == ["tv", "email", "doubtful"]
    assert "left out, because Meridian rejects credit significantly below 0: harmful" in found.notes


def test_meridian_gets_conversions_where_nothing_has_a_value() -> None:
    row = answer(observed=Observed(90, 91, 0.0)).lift_rows("meridian").rows[0]
    assert row["experiment_kpi_type"] == "non-revenue"
    assert row["point_estimate"] == pytest.approx(40 / 200)
    assert row["standard_error"] == pytest.approx(5 / 200)


def test_a_credit_without_width_is_left_out() -> None:
    found = answer(CREDITS[0], credit("email", 8.0, 0.0)).lift_rows("pymc")
    assert [row["channel"] for row in found.rows] == ["tv"]
    assert found.notes[0] == "left out, because their credit has no interval: email"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"spend": None}, "needs the spend on channels, and none is known"),
        ({"spend": replace(SPEND, by_channel={})}, "give touches a cost, or experiments a spend"),
        ({"spend": replace(SPEND, start=SPEND.end)}, "at least 2 days of data, got 2026-06-28"),
        ({"by": "campaign"}, "got it by campaign"),
        ({"models": {}}, "needs the credit of a causal model"),
    ],
)
def test_what_cannot_be_exported_is_an_error(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        answer(**wrong).lift_rows("meridian")


def test_an_answer_without_intervals_is_an_error() -> None:
    bare = Credit("tv", 40.0, 1200.0, identified=True)
    with pytest.raises(InputError, match="needs intervals"):
        answer(bare).lift_rows("pymc")


def test_an_answer_of_which_nothing_is_left_says_why() -> None:
    with pytest.raises(InputError, match=r"no channel has a row .* do not identify .*: open"):
        answer(CREDITS[2]).lift_rows("pymc")


@pytest.mark.parametrize("days", [0.0, -7.0, float("nan")])
def test_a_period_is_longer_than_nothing(days: float) -> None:
    with pytest.raises(InputError, match="above 0 days"):
        answer().lift_rows("pymc", period_days=days)


def test_the_rows_are_a_frame() -> None:
    frame = answer().lift_rows("pymc").to_pandas()
    assert list(frame.columns) == ["channel", "x", "delta_x", "delta_y", "sigma"]
    assert (frame["delta_x"] * frame["delta_y"] > 0).all()
    assert answer().lift_rows("meridian").to_polars().height == 3
