"""Attention over elements against the general form of attention."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
import torch

from attention.mechanisms.multi_head import attend
from attention.mechanisms.projections import HeadProjections
from gnn.fatigue.genome import elements_of

KINDS = 3


@pytest.mark.parametrize("units", [20, 0])
def test_averages_are_those_of_attention_with_a_mask(units: int) -> None:
    torch.manual_seed(0)
    maps = HeadProjections(8, 2)
    state, vectors = torch.randn(units, 8), 3 * torch.randn(KINDS, units, 8)
    present = torch.rand(KINDS, units) > 0.4
    elements = elements_of(maps, state, vectors, present)
    sets = chain.from_iterable(combinations(range(KINDS), size) for size in range(1, KINDS + 1))
    for kinds in sets:
        shown = torch.zeros(KINDS, dtype=torch.bool)
        shown[list(kinds)] = True
        mask = (present.T & shown)[:, None]
        by_unit = vectors.transpose(0, 1)
        heads, _, _ = attend(*maps(state[:, None], by_unit, by_unit), mask=mask)
        averages, some = elements.averages(kinds)
        assert some.tolist() == mask.any(-1)[:, 0].tolist()
        torch.testing.assert_close(averages[some], heads.flatten(1)[some])
        assert torch.isfinite(averages).all()
