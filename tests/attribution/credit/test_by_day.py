"""Credit by day adds up to the totals, and what belongs to no conversion has no day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.attribution.credit.by_part import PartialCredit, credit_by_part
from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.domain import Amount, Categorical

DAYS = np.array(["2026-06-01", "2026-06-03", "2026-06-01"], "datetime64[D]").astype(np.int64)


def credit_of(rows: list[tuple[int, int, float]]) -> TouchCredit:
    touch, conversion, credit = (np.array(column) for column in zip(*rows, strict=True))
    return TouchCredit(touch, conversion, credit.astype(float), 10.0 * credit)


def rows_of(daily: PartialCredit) -> list[tuple[str, str, float, float]]:
    day = daily.part.astype("datetime64[D]")
    days = [day[start:end] for start, end in zip(daily.first, daily.first[1:], strict=False)]
    keys = [key for key, own in zip(daily.keys, days, strict=True) for _ in own]
    return list(zip(keys, map(str, day), daily.credit.tolist(), daily.value.tolist(), strict=True))


def test_credit_is_summed_by_key_and_day_of_the_conversion() -> None:
    entity = Categorical(("a", "b"), np.array([0, 1, 0, -1], np.int32))
    credit = credit_of([(0, 0, 0.5), (1, 0, 0.5), (2, 1, 1.0), (0, 2, 0.25), (3, 2, 0.75)])
    totals = {"a": Amount(1.75, 17.5), "b": Amount(0.5, 5.0)}
    assert rows_of(credit_by_part(credit, entity, DAYS, totals)) == [
        ("a", "2026-06-01", 0.75, 7.5),
        ("a", "2026-06-03", 1.0, 10.0),
        ("b", "2026-06-01", 0.5, 5.0),
    ]


def test_credit_of_no_conversion_has_no_day() -> None:
    entity = Categorical(("a", "b"), np.array([0], np.int32))
    daily = credit_by_part(
        credit_of([(0, 1, 1.0)]), entity, DAYS, {"a": Amount(1.0, 10.0), "b": Amount(-0.5, -2.0)}
    )
    assert rows_of(daily) == [("a", "2026-06-03", 1.0, 10.0), ("b", "NaT", -0.5, -2.0)]


def test_no_credit_gives_no_rows() -> None:
    nothing = np.zeros(0)
    none = TouchCredit(nothing.astype(np.int64), nothing.astype(np.int64), nothing, nothing)
    daily = credit_by_part(none, Categorical(("a",), np.zeros(0, np.int32)), DAYS, {})
    assert (rows_of(daily), daily.first.tolist()) == ([], [0])


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 2), st.floats(-2, 2, allow_subnormal=False)),
        min_size=1,
    )
)
def test_days_add_up_to_the_totals(rows: list[tuple[int, int, float]]) -> None:
    entity = Categorical(("a", "b", "c"), np.array([0, 1, 2, 0, 1, -1], np.int32))
    sums = dict.fromkeys(entity.keys, 0.0)
    for touch, _, credit in rows:
        if entity.codes[touch] >= 0:
            sums[entity.keys[entity.codes[touch]]] += credit
    totals = {key: Amount(credit, 10 * credit) for key, credit in sums.items()}
    found = dict.fromkeys(entity.keys, 0.0)
    for key, day, credit, value in rows_of(credit_by_part(credit_of(rows), entity, DAYS, totals)):
        assert day != "NaT"
        assert value == pytest.approx(10 * credit)
        found[key] += credit
    for key, credit in sums.items():
        assert found[key] == pytest.approx(credit, abs=1e-9)
