"""Segments and parents are found from distances alone."""

import pytest
import torch

from attention.geometry.segments import hierarchy, segments


def test_segments_are_exact_where_they_are_plain() -> None:
    place = torch.tensor([0.0, 0.1, 0.3, 5.0, 5.2, 9.0]).double()
    result = segments((place[:, None] - place).square(), 3)
    assert [
        torch.equal(result.labels == result.labels[i], torch.tensor(group))
        for i, group in (
            (0, [True, True, True, False, False, False]),
            (3, [False, False, False, True, True, False]),
        )
    ] == [True, True]
    assert result.cost == pytest.approx(0.01 + 0.04 + 0.04)
    every = segments((place[:, None] - place).square(), 6)
    assert every.cost == 0.0


def test_a_lone_point_is_a_root() -> None:
    assert hierarchy(torch.ones(1, 3)).tolist() == [-1]
    assert hierarchy(torch.tensor([[0.1, 0.0], [1.0, 0.0]])).tolist() == [-1, 0]
