"""Ranges of rows, against the loop that they replace."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.ranges import rows_of_ranges


def test_every_row_of_every_range_once() -> None:
    begin, end = np.array([3, 7, 7, 0]), np.array([6, 7, 9, 1])
    number, row = rows_of_ranges(begin, end)
    expected = [
        (n, r)
        for n, (first, last) in enumerate(zip(begin, end, strict=True))
        for r in range(first, last)
    ]
    assert list(zip(number.tolist(), row.tolist(), strict=True)) == expected


def test_no_ranges_have_no_rows() -> None:
    number, row = rows_of_ranges(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    assert len(number) == len(row) == 0
