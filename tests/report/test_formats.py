"""Numbers and messages of the report: readable, and never rounded to nothing."""

from __future__ import annotations

import pytest

from attrigraph.report.formats import (
    as_sentence,
    column,
    end,
    money,
    money_column,
    number,
    percent,
    ratio,
    rounded,
    share,
    whole,
)


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0"), (1234567.0, "1,234,567"), (0.125, "0.12"), (-3.5, "-3.50")]
)
def test_numbers_are_readable(amount: float, shown: str) -> None:
    assert number(amount) == shown


def test_percentages_have_one_decimal() -> None:
    assert (percent(0.2238), percent(0.0123)) == ("22.4%", "1.2%")


@pytest.mark.parametrize(
    ("amount", "decimals", "shown"),
    [
        (1234.6, 0, "1,235"),
        (0.0, 0, "0"),
        (-0.3, 0, "-0.30"),
        (0.26, 1, "0.3"),
        (0.04, 1, "0.04"),
        (-1e-17, 0, "0"),
    ],
)
def test_rounding_leaves_what_is_not_zero(amount: float, decimals: int, shown: str) -> None:
    assert rounded(amount, decimals) == shown


def test_ends_of_intervals_may_be_rounded_to_0() -> None:
    assert [end(amount, 0) for amount in (0.4, -0.4, -1234.6)] == ["0", "0", "-1,235"]


def test_whole_amounts_have_no_decimals() -> None:
    assert [whole(amount) for amount in (0.0, 2.4, 1e6)] == ["0", "2", "1,000,000"]


@pytest.mark.parametrize(
    ("amount", "shown"), [(848.2, "848.20"), (-12.34, "-12.34"), (0.0149, "0.01"), (-0.001, "0.00")]
)
def test_ratios_have_two_decimals(amount: float, shown: str) -> None:
    assert ratio(amount) == shown


def test_a_share_that_is_unknown_is_a_dash() -> None:
    assert (share(float("nan")), share(1.25)) == ("\N{EN DASH}", "125%")
    assert [share(part) for part in (0.0, 0.004, 0.006, 0.994, 0.995, 0.99999, 1.0)] == [
        "0%",
        "0.4%",
        "1%",
        "99%",
        "99.5%",
        "99.9%",
        "100%",
    ]


@pytest.mark.parametrize(
    ("amount", "shown"), [(0.755, "0.76"), (-99.0, "-99.00"), (1234.4, "1,234"), (0.0, "0")]
)
def test_money_has_no_decimals_from_100(amount: float, shown: str) -> None:
    assert money(amount) == shown


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ([1234.4, 9.6, None], ["1,234", "10"]),
        ([12.0, 3.45], ["12.0", "3.5"]),
        ([1.0, None, 0.5], ["1.00", "0.50"]),
        ([200.0, 0.3], ["200", "0.30"]),
    ],
)
def test_amounts_of_a_column_have_the_decimals_of_the_largest(
    amounts: list[float | None], shown: list[str]
) -> None:
    write = column(amounts)
    assert [write(amount) for amount in amounts if amount is not None] == shown
    assert column([])(3.0) == "3"


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [([9097.2, 30.11], ["9,097", "30"]), ([30.11, 4.0], ["30.11", "4.00"]), ([0.0], ["0"])],
)
def test_costs_of_a_column_have_cents_if_all_are_small(
    amounts: list[float], shown: list[str]
) -> None:
    assert list(map(money_column(amounts), amounts)) == shown


def test_a_message_becomes_a_sentence_and_keeps_its_names() -> None:
    assert (
        as_sentence("pause Search in the UK; then compare")
        == "Pause Search in the UK; then compare."
    )
    assert as_sentence("ga4.jsonl: nothing is read") == "ga4.jsonl: nothing is read."
