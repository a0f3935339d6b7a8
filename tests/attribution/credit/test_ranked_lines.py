"""Ranked lines of any number of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.credit import ranked_lines as module

if TYPE_CHECKING:
    import pytest


def test_lines_do_not_depend_on_the_size_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    conversions, deviations = rng.random(60), rng.normal(size=(40, 60))
    keys = [f"k{i}" for i in range(60)]
    whole = module.ranked_lines(keys, conversions, 2 * conversions, deviations)
    monkeypatch.setattr(module, "LINES_PER_BLOCK", 7)
    assert module.ranked_lines(keys, conversions, 2 * conversions, deviations) == whole
    lines, chances = whole
    assert chances is None
    assert lines[-1].prob_ranked_above_next is None
    assert all(line.prob_ranked_above_next is not None for line in lines[:-1])
