"""Numbers of people by segment: their checks, their JSON, and names of values."""

from __future__ import annotations

from datetime import date

import pytest

from attrigraph.domain.segment_sizes import SegmentSizes, segment_name
from attrigraph.errors import InputError

SIZES = SegmentSizes("region", (("north", 30), ("", 2)))


def test_json_comes_back() -> None:
    assert SegmentSizes.from_json(SIZES.to_json()) == SIZES
    assert SIZES.total == 32


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ((), "at least one segment"),
        ((("a", 1), ("a", 2)), "a segment twice"),
        ((("a", -1),), "'a' must be at least 0, got -1"),
        ((("a", 0),), "must not all be 0"),
    ],
)
def test_impossible_sizes_are_errors(people: tuple[tuple[str, int], ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        SegmentSizes("region", people)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, ""),
        ("new", "new"),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (0.5, "0.5"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_values_are_named_as_in_files(value: str | float | date | None, name: str) -> None:
    assert segment_name(value) == name
