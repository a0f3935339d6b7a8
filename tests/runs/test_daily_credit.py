"""Days whose credit changes are found by their hash, and written alone."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.credit.by_part import NO_PART, PartialCredit, of_rows
from attrigraph.runs.daily_credit import changed_days, digests_of

CREDIT = PartialCredit(
    ("mail", "tv"),
    np.array([0, 2, 4]),
    np.array([5, 7, 7, NO_PART]),
    np.array([1.0, 2.0, 3.0, 0.5]),
    np.array([10.0, 20.0, 30.0, 5.0]),
)


def digests(credit: PartialCredit, name: str = "linear") -> dict[str, str]:
    return digests_of({"channel": {name: credit}})["channel"]


def test_a_day_changes_with_any_bit_of_its_credit_or_a_key() -> None:
    before = digests(CREDIT)
    assert sorted(before) == ["5", "7", "none"]
    assert changed_days(before, digests(CREDIT)) == []
    for field in ("credit", "value"):
        column = getattr(CREDIT, field).copy()
        column[1] = np.nextafter(column[1], 99)
        parts = {"credit": CREDIT.credit, "value": CREDIT.value, field: column}
        other = PartialCredit(CREDIT.keys, CREDIT.first, CREDIT.part, **parts)
        assert changed_days(before, digests(other)) == [7]
    renamed = PartialCredit(("mail", "TV"), CREDIT.first, CREDIT.part, CREDIT.credit, CREDIT.value)
    assert changed_days(before, digests(renamed)) == [7]
    assert changed_days(before, digests(CREDIT, "last")) == [5, 7]
    assert changed_days(before, {}) == [5, 7]


def test_nothing_has_no_days() -> None:
    nothing = np.zeros(0)
    empty = PartialCredit((), np.zeros(1, np.int64), np.zeros(0, np.int64), nothing, nothing)
    assert digests(empty) == {}


def test_rows_are_taken_with_their_keys() -> None:
    one = of_rows(CREDIT, np.array([0]))
    assert (one.keys, one.first.tolist(), one.credit.tolist()) == (("mail",), [0, 1], [1.0])
    two = of_rows(CREDIT, np.array([1, 2]))
    assert two.keys == ("mail", "tv")
    assert two.first.tolist() == [0, 1, 2]
    assert two.value.tolist() == [20.0, 30.0]
    assert of_rows(CREDIT, np.zeros(0, np.int64)).keys == ()
