"""The table of credits: what is identified and captured, and a bounded number of rows."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from attrigraph.cli.tables.credit import show
from attrigraph.domain import (
    Amount,
    Attribution,
    BaselineBounds,
    Credit,
    ModelCredits,
    Observed,
)


def many(n_keys: int, high: float | None = None) -> Attribution:
    """Two models that credit many channels; the second one ranks them the other way round."""
    ranked = tuple(
        Credit(f"c{n}", float(n_keys - n), 2.0 * (n_keys - n), low=high and 0.0, high=high)
        for n in range(n_keys)
    )
    baseline = Amount(5.0, 7.0)
    models = {
        "first": ModelCredits("first", False, baseline, ranked),
        "last": ModelCredits("last", False, baseline, ranked[::-1]),
    }
    total = n_keys * (n_keys + 1) // 2
    return Attribution("channel", Observed(9999, total + 5, 2.0 * total + 7), models)


def table(answer: Attribution, **options: Any) -> dict[str, list[float]]:
    """Rows of the printed table by name: the number of each model."""
    screen = io.StringIO()
    show(answer, console=Console(file=screen, width=100), **options)
    lines = screen.getvalue().partition("─\n")[2].partition("\n\n")
    end = lines[2].partition("\n\n")[0]
    rows = [re.split(r" {3,}", line) for line in [*lines[0].splitlines(), *end.splitlines()]]
    return {name: [float(cell.replace(",", "")) for cell in cells] for name, *cells in rows}


@pytest.mark.parametrize("values", [False, True])
def test_a_bounded_table_sums_the_other_keys_in_one_row(values: bool) -> None:
    rows = table(many(120), top=50, values=values)
    names = [f"c{n}" for n in range(50)]
    assert list(rows) == [*names, "and 70 more", "baseline", "total"]
    scale = 2.0 if values else 1.0
    assert rows["and 70 more"] == [70 * 71 / 2 * scale] * 2
    for model in (0, 1):
        summed = sum(cells[model] for name, cells in rows.items() if name != "total")
        assert summed == rows["total"][model]


def test_without_a_bound_every_key_has_a_row() -> None:
    rows = table(many(120))
    assert list(rows) == [*(f"c{n}" for n in range(120)), "baseline", "total"]


def test_as_many_keys_as_rows_need_no_rest() -> None:
    assert "and 0 more" not in table(many(50), top=50)
    assert list(table(many(51), top=50))[-3] == "and 1 more"


def test_the_rest_has_a_sum_and_no_interval() -> None:
    screen = io.StringIO()
    answer = many(4, high=9.0)
    show(answer, console=Console(file=screen, width=100), top=2)
    (rest,) = [line for line in screen.getvalue().splitlines() if line.startswith("and ")]
    assert rest.split() == ["and", "2", "more", "3.0", "3.0"]
    assert "2 of 4 rows are summed in one; --all shows each" in screen.getvalue()


ADVICE = "most of the credit is not identified; hold back search in some regions"


def causal() -> ModelCredits:
    """One credit that is identified and two that are not; 6 of 116 conversions were captured."""
    credits = (
        Credit(
            *("search", 60.0, 600.0, None, 30.0, 90.0, 0.75, 45.0, 75.0, 300.0, 900.0),
            identified=True,
            captured=Amount(4.0, 40.0),
        ),
        Credit(
            *("social", 30.0, 300.0, None, -7.0, 77.0, 0.6, 21.0, 41.0, -70.0, 770.0),
            identified=False,
            reasons=("collinear", "few-conversions"),
            captured=Amount(2.0, 20.0),
        ),
        Credit(
            *(None, 10.0, 100.0, None, -17.0, 37.0, None, 8.0, 12.0, -170.0, 370.0),
            identified=False,
            reasons=("collinear",),
            captured=Amount(0.0, 0.0),
        ),
    )
    return ModelCredits("incremental", True, Amount(10.0, 100.0), credits, advice=ADVICE)


def side_by_side(*, rule_first: bool = False) -> Attribution:
    keys = ("search", "social", None)
    rule = ModelCredits(
        "linear", False, Amount(26.0, 260.0), tuple(Credit(key, 30.0, 300.0) for key in keys)
    )
    models = [rule, causal()] if rule_first else [causal(), rule]
    observed = Observed(900, 116, 1160.0)
    return Attribution("channel", observed, {model.model: model for model in models})


def printed(answer: Attribution, width: int = 120, **options: Any) -> list[str]:
    screen = io.StringIO()
    show(answer, console=Console(file=screen, width=width, force_terminal=True, color_system=None),
         **options)  # fmt: skip
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_a_credit_that_is_not_identified_has_that_in_place_of_its_intervals() -> None:
    lines = printed(side_by_side())
    assert lines[0] == f"incremental: {ADVICE}"
    assert lines[2:12] == [
        "channel     incremental    90 % interval   by chance   P(> next)   captured   linear",
        "────────────────────────────────────────────────────────────────────────────────────",
        "search               60         30 to 90    45 to 75         75%          4    30.00",
        "social               30   not identified                                  2    30.00",
        "(unknown)            10   not identified                                  0    30.00",
        "",
        "captured              6                                                         0.00",
        "baseline             10                                                        26.00",
        "total               116                                                       116.00",
        "",
    ]


def test_values_have_their_own_intervals_and_captured_value() -> None:
    lines = printed(side_by_side(), values=True)
    assert lines[4:10] == [
        "search              600       300 to 900         40     300.00",
        "social              300   not identified         20     300.00",
        "(unknown)           100   not identified          0     300.00",
        "",
        "captured             60                                   0.00",
        "baseline            100                                 260.00",
    ]


def test_a_later_model_has_half_widths_and_says_what_is_not_identified() -> None:
    lines = printed(side_by_side(rule_first=True))
    assert [" ".join(line.split()) for line in lines[4:6]] == [
        "search 30.00 60 ±30 4",
        "social 30.00 30 not identified 2",
    ]


def test_reasons_are_sentences_below_the_table_of_the_rows_shown() -> None:
    text = " ".join(printed(side_by_side()))
    collinear = "incremental, not identified: social almost always runs together"
    assert text.count(collinear) == 1
    assert "(the same holds for (unknown))" in text
    assert "incremental, not identified: too few people bought after they saw social" in text
    few = " ".join(printed(side_by_side(), top=1))
    assert "not identified:" not in few


def test_without_draws_what_is_not_identified_is_shown_all_the_same() -> None:
    line = Credit("search", 1.0, 1.0, identified=False, reasons=("collinear",))
    model = ModelCredits("incremental", True, Amount(0.0, 0.0), (line,))
    lines = printed(Attribution("channel", Observed(9, 1, 1.0), {"incremental": model}))
    assert lines[3].split() == ["search", "1.00", "not", "identified"]
    assert not any("captured" in line for line in lines)


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_loses_no_number_of_a_causal_model(width: int) -> None:
    def numbers(lines: list[str]) -> set[str]:
        return set(re.findall(r"-?\d[\d,]*(?:\.\d+)?%?", " ".join(lines)))

    narrow = printed(side_by_side(), width=width)
    assert max(map(len, narrow)) <= width
    assert numbers(narrow) == numbers(printed(side_by_side(), width=200))


def test_columns_without_any_cell_are_left_out() -> None:
    unsure = tuple(replace(credit, identified=False) for credit in causal().credits)
    model = replace(causal(), credits=unsure)
    lines = printed(Attribution("channel", Observed(900, 116, 1160.0), {"incremental": model}))
    assert lines[2].split() == ["channel", "incremental", "90", "%", "interval", "captured"]
    assert "by chance" not in " ".join(lines)


def test_bounds_of_the_baseline_are_above_the_table() -> None:
    causal = ModelCredits(
        *("incremental", True, Amount(3.0, 30.0), (Credit("email", 7.0, 70.0),)),
        baseline_bounds=BaselineBounds(2.0, 10.0),
    )
    screen = io.StringIO()
    answer = Attribution("channel", Observed(20, 10, 100.0), {"incremental": causal})
    show(answer, console=Console(file=screen, width=300))
    first = screen.getvalue().splitlines()[0]
    assert first == f"incremental: {BaselineBounds(2.0, 10.0).sentence()}"


def test_values_rank_the_table_of_values() -> None:
    cheap, dear = Credit("cheap", 9.0, 10.0), Credit("dear", 1.0, 100.0)
    model = ModelCredits("linear", False, Amount(0.0, 0.0), (cheap, dear))
    answer = Attribution("channel", Observed(10, 10, 110.0), {"linear": model})
    assert list(table(answer))[:2] == ["cheap", "dear"]
    assert list(table(answer, values=True))[:2] == ["dear", "cheap"]
    assert list(table(answer, values=True, top=1))[:2] == ["dear", "and 1 more"]
