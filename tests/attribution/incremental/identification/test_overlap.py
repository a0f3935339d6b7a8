"""People whom a channel cannot reach: more of them than counts allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.identification.overlap import Overlap, excess_untouched

PEOPLE = 8_000
RNG = np.random.default_rng(11)


def excess(counts: Any, expected: Any = None) -> tuple[float, float]:
    expected = np.ones((len(counts), 1)) if expected is None else expected[:, None]
    share, z = excess_untouched(counts[:, None], expected, np.random.default_rng(0))
    return float(share[0]), float(z[0])


def test_people_who_differ_are_no_people_out_of_reach() -> None:
    _, z = excess(RNG.poisson(RNG.gamma(1.0, 2.0, PEOPLE)))
    assert z < 5.0
    share, _ = excess(RNG.poisson(RNG.lognormal(0.0, 0.8, PEOPLE)))
    assert share < 0.05


def test_people_out_of_reach_are_counted() -> None:
    reachable = RNG.random(PEOPLE) < 0.3
    share, z = excess(np.where(reachable, RNG.poisson(6.0, PEOPLE), 0))
    assert share == pytest.approx(0.7, abs=0.02)
    assert z > 20.0


def test_a_column_that_says_who_is_out_of_reach_explains_them() -> None:
    reachable = RNG.random(PEOPLE) < 0.3
    counts = np.where(reachable, RNG.poisson(6.0, PEOPLE), 0)
    _, z = excess(counts, np.where(reachable, 6.0, 1e-4))
    assert z < 5.0


def test_both_findings_are_needed_in_size_and_significance() -> None:
    found = Overlap(np.array([0.5]), np.array([30.0]), np.array([1.0]), np.array([9.0]))
    assert found.flagged().all()
    for change in (
        {"excess": np.array([0.01])},
        {"excess_z": np.array([3.0])},
        {"effect": np.array([-1.0])},
        {"effect_z": np.array([2.0])},
    ):
        assert not replace(found, **change).flagged().any()
