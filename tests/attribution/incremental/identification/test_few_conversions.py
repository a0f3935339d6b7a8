"""Credits that are noise: no channel differs from another one, nor from none."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.identification.few_conversions import few_conversions

DRAWS = np.random.default_rng(0).standard_normal((400, 3))


def test_wide_intervals_around_zero_are_too_few_conversions() -> None:
    assert few_conversions(np.array([8.0, 10.0, 12.0]), 20 * DRAWS, 150)


def test_a_channel_apart_from_zero_is_a_finding() -> None:
    assert not few_conversions(np.array([8.0, 10.0, 80.0]), 20 * DRAWS, 150)


def test_channels_that_are_alike_and_precise_are_a_finding() -> None:
    assert not few_conversions(np.array([8.0, 10.0, 12.0]), 20 * DRAWS, 15_000)


def test_a_confident_ranking_is_a_finding() -> None:
    assert not few_conversions(np.array([-30.0, 0.0, 30.0]), 20 * DRAWS, 150)


def test_without_draws_nothing_is_known_of_precision() -> None:
    assert not few_conversions(np.zeros(3), np.zeros((0, 3)), 150)
