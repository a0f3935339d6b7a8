"""The table of credits: a bounded number of rows."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from attrigraph.cli.tables.credit import show
from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed


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
