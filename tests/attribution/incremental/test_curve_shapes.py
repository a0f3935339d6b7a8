"""Shapes of response curves: their ends, their draws, and what nobody has seen."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.curve_shapes import _extended, _shapes, largest_multiples
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.scaled_channels import ScaledChannels

MULTIPLES = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
CURVE = np.array([0.0, 0.6, 1.0, 1.5, 1.7])


def test_a_curve_is_the_gain_over_no_touches_in_units_of_the_gain_now() -> None:
    conversions = (50 + 30 * CURVE)[None, None]
    scaled = ScaledChannels(MULTIPLES, conversions, conversions, np.full((1, 1), 30.0))
    np.testing.assert_allclose(_shapes(scaled)[0, 0], CURVE)


def test_a_channel_whose_changes_cancel_has_the_shape_of_its_exposures() -> None:
    noise = np.array([50.0, 49.0, 50.1, 47.0, 52.0])[None, None]
    exposure = (3 + 2 * CURVE)[None, None]
    scaled = ScaledChannels(MULTIPLES, noise, exposure, np.full((1, 1), 8.0))
    np.testing.assert_allclose(_shapes(scaled)[0, 0], CURVE)


def test_a_channel_without_touches_has_a_line() -> None:
    flat = np.full((1, 1, 5), 7.0)
    scaled = ScaledChannels(MULTIPLES, flat, np.zeros((1, 1, 5)), np.zeros((1, 1)))
    np.testing.assert_allclose(_shapes(scaled)[0, 0], MULTIPLES)


def test_draws_leave_the_curve_between_no_further_gain_and_linear_gain() -> None:
    curves = np.broadcast_to(CURVE, (400, 1, 5))
    drawn = _extended(curves, MULTIPLES, np.array([1.0]), np.random.default_rng(1))[:, 0]
    np.testing.assert_array_equal(drawn[:, :3], curves[:, 0, :3])
    slope = (1.0 - 0.8) / 0.25  # of the last quarter before 1
    np.testing.assert_allclose(drawn[:, 4].min(), 1.0, atol=0.01)
    np.testing.assert_allclose(drawn[:, 4].max(), 1.0 + 2 * slope, atol=0.01)
    # half of the way is open halfway
    np.testing.assert_allclose(drawn[:, 3].min(), 1.5 - 0.5 * 0.5, atol=0.01)
    np.testing.assert_allclose(drawn[:, 3].max(), 1.5 + 0.5 * (1.0 + slope - 1.5), atol=0.01)


def test_nothing_is_extended_within_what_was_observed() -> None:
    curves = np.broadcast_to(CURVE, (10, 1, 5))
    drawn = _extended(curves, MULTIPLES, np.array([3.0]), np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, curves)


def histories_of(days: list[float]) -> Histories:
    return Histories(
        keys=("a",),
        customers=len(days),
        customer=np.arange(len(days)),
        time=np.array(sorted(days)),
        key=np.zeros(len(days), dtype=np.int64),
        converter=np.array([0]),
        converted=np.array([28.0]),
        value=np.ones(1),
        covariates=np.zeros((len(days), 0)),
        days=28.0,
    )


def test_a_flight_shows_the_response_to_its_week_and_an_even_channel_to_itself() -> None:
    even = np.linspace(0.0, 27.99, 4_000).tolist()
    assert largest_multiples(histories_of(even), 3.0)[0] == 1.0
    flight = [*even, *np.linspace(7.0, 13.99, 1_000).tolist()]
    found = largest_multiples(histories_of(flight), 3.0)[0]
    # 2,000 touches in the week of 1,250 on average, less the chance of the largest
    assert found == (2_000 - 1.6449 * np.sqrt(2_000)) / 1_250
    assert largest_multiples(histories_of(flight), 1.2)[0] == 1.2
