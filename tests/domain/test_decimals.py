"""Decimals: none where intervals are wide, all of them where there is no interval."""

from __future__ import annotations

import pytest

from attrigraph.domain.decimals import meaningful_decimals


@pytest.mark.parametrize(("width", "decimals"), [(1.9, 2), (2.0, 1), (19.9, 1), (20.0, 0)])
def test_wider_intervals_leave_fewer_decimals(width: float, decimals: int) -> None:
    assert meaningful_decimals([(-1.0, width - 1.0)]) == decimals


def test_the_median_width_decides() -> None:
    assert meaningful_decimals([(0.0, 1.0), (0.0, 5.0), (0.0, 500.0)]) == 1


@pytest.mark.parametrize("ends", [[], [None], [(3.0, 3.0)]])
def test_without_an_interval_all_decimals_are_shown(ends: list[tuple[float, float] | None]) -> None:
    assert meaningful_decimals(ends) == 2
