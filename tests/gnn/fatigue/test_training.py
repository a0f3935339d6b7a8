"""Fitting: the likelihood by hand, censored windows, and what a fit learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from fatigue_units import SIZES, random_units
from gnn.fatigue.model import Curves
from gnn.fatigue.training import FatigueTraining, Observed, fit_fatigue, poisson_loss

if TYPE_CHECKING:
    from gnn.fatigue.graphs import UnitColumns

ALL = torch.tensor([True])


def curves(log_level: float, log_ratio: list[float]) -> Curves:
    return Curves(torch.tensor([log_level]), torch.tensor([log_ratio]))


def test_the_loss_of_the_rate_that_was_observed_is_0() -> None:
    impressions = torch.full((1, 12), 1000.0)
    found = curves(float(np.log(0.02)), [0.0] * 11)
    assert float(poisson_loss(found, impressions, impressions * 0.02, ALL)) == pytest.approx(
        0, abs=1e-5
    )


def test_the_loss_by_hand() -> None:
    impressions, clicks = torch.zeros(1, 12), torch.zeros(1, 12)
    impressions[0, 1], clicks[0, 1] = 100.0, 3.0  # the last three days, at R(0)
    found = curves(np.log(0.04), [np.log(0.5), *[-9.0] * 10])
    by_hand = (100 * 0.02 - 3 * np.log(100 * 0.02) - (3 - 3 * np.log(3))) / 2
    assert float(poisson_loss(found, impressions, clicks, ALL)) == pytest.approx(by_hand, rel=1e-5)


def test_windows_that_were_not_seen_do_not_count() -> None:
    impressions = torch.full((1, 12), 50.0)
    impressions[0, 6:] = 0
    clicks = (impressions > 0) * 2.0
    early = curves(-3.0, [0.0] * 5 + [-1.0] * 6)
    late = curves(-3.0, [0.0] * 5 + [-8.0] * 6)
    # the fifth window ahead ends at the fifth point, so later points change nothing
    assert float(poisson_loss(early, impressions, clicks, ALL)) == pytest.approx(
        float(poisson_loss(late, impressions, clicks, ALL))
    )


def data(seed: int) -> list[tuple[UnitColumns, Observed]]:
    """Clicks fall by half in each window ahead for units of channel 1, and for no others."""
    found = []
    for day in range(2):
        units = random_units(40, seed + day)
        steps = np.maximum(np.arange(12) - 1, 0)
        ratio = np.where(units.channel[:, None] == 1, 0.5**steps, 1.0)
        impressions = np.full((40, 12), 4000.0, np.float32)
        clicks = (impressions * np.exp(units.log_peak)[:, None] * ratio).astype(np.float32)
        fit = np.arange(40) < 30
        found.append((units, Observed(impressions, clicks, fit, ~fit)))
    return found


def test_a_fit_learns_what_decays_and_is_the_same_again() -> None:
    settings = FatigueTraining(epochs=40, seed=3)
    network, losses = fit_fatigue(data(1), SIZES, settings)
    again, _ = fit_fatigue(data(1), SIZES, settings)
    assert min(losses) < 0.5 * losses[0]
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
