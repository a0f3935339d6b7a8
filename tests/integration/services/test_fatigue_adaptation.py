"""Fatigue predictions: kept, corrected by their clicks, and found in the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

from attrigraph.adaptation import health_gate
from attrigraph.adaptation.health_gate import Health
from attrigraph.adaptation.online import Outcome
from attrigraph.errors import InputError
from attrigraph.services.adaptation_report import fatigue_logs
from attrigraph.services.fatigue_adaptation import (
    click_rates,
    correct_fatigue,
    learn_from_clicks,
)
from attrigraph.services.level_correction import FATIGUE, HORIZON_DAYS, FatiguePredictions
from fatigue_histories import history
from rate_histories import rate_history

if TYPE_CHECKING:
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.stores import Stores

UNITS, DAYS, RATE = 30, 40, 0.02
FIRST = int(np.datetime64("2024-03-01").astype(int))
FREEZE = Health("freeze", 0.1, 0.2, 40, 0.0)


@pytest.fixture
def model() -> str:
    return str(uuid4())


def clicked(factor: float) -> FatigueHistory:
    """Units whose rate is a factor times the one that is predicted."""
    rng = np.random.default_rng(0)
    impressions = rng.integers(200, 5000, (UNITS, DAYS)).astype(float)
    return history(impressions, rng.poisson(factor * RATE * impressions))


def predictions(model: str, day: int) -> FatiguePredictions:
    rng = np.random.default_rng(day)
    return FatiguePredictions(
        model,
        FIRST + day,
        tuple(f"creative-{unit}" for unit in range(UNITS)),
        ("audience-0",) * UNITS,
        rng.normal(size=(UNITS, 8)),
        np.full(UNITS, np.log(RATE)),
    )


def test_the_level_follows_the_clicks(stores: Stores, model: str) -> None:
    seen = clicked(0.6)
    for day in range(DAYS - HORIZON_DAYS - 1):
        correct_fatigue(stores.engine, predictions(model, day))
        outcomes = learn_from_clicks(stores.engine, model, seen.until(day), n_features=8)
        learnt = outcomes[Outcome.LEARNT] + outcomes[Outcome.BOUNDARY]
        assert learnt == (UNITS if day >= HORIZON_DAYS else 0)
    corrected = correct_fatigue(stores.engine, predictions(model, DAYS))
    assert np.exp(corrected).mean() / RATE == pytest.approx(0.6, abs=0.05)
    logs = {log.log: log for log in fatigue_logs(stores.engine)}
    log = logs[FATIGUE + model]
    assert log.cases == 33 * UNITS
    assert all(row.ratio < 0.6 for row in log.adapters)


def test_the_first_prediction_is_the_frozen_one_and_is_kept_once(
    stores: Stores, model: str
) -> None:
    made = predictions(model, 5)
    for _ in range(2):
        np.testing.assert_allclose(correct_fatigue(stores.engine, made), made.log_rate)
    outcomes = learn_from_clicks(stores.engine, model, clicked(1.0), n_features=8)
    assert outcomes.total() == UNITS
    assert learn_from_clicks(stores.engine, model, clicked(1.0), n_features=8).total() == 0
    np.testing.assert_allclose(correct_fatigue(stores.engine, made), made.log_rate, atol=0.2)


def test_units_without_impressions_and_days_to_come_wait(stores: Stores, model: str) -> None:
    seen = clicked(1.0)
    seen.impressions[0, 6:9] = 0
    seen.clicks[0, 6:9] = 0
    correct_fatigue(stores.engine, predictions(model, 5))
    correct_fatigue(stores.engine, predictions(model, DAYS - HORIZON_DAYS))
    outcomes = learn_from_clicks(stores.engine, model, seen, n_features=8)
    assert outcomes.total() == UNITS - 1
    # that of the silent unit is too old by now
    assert learn_from_clicks(stores.engine, model, clicked(1.0), n_features=8).total() == 0


def test_a_freeze_refuses_clicks_which_are_learnt_later(
    stores: Stores, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct_fatigue(stores.engine, predictions(model, 20))
    with monkeypatch.context() as patched:
        patched.setattr(health_gate, "health_of", lambda _: FREEZE)
        refused = learn_from_clicks(stores.engine, model, clicked(1.0), n_features=8)
    assert refused == {Outcome.FROZEN: UNITS}
    learnt = learn_from_clicks(stores.engine, model, clicked(1.0), n_features=8)
    assert learnt.total() == UNITS
    assert Outcome.FROZEN not in learnt


def test_clicks_of_units_that_are_joined_to_wrong_campaigns_freeze_updates(
    stores: Stores, model: str
) -> None:
    rates = rate_history("campaigns are mixed up", seed=1).between(0, 140)
    seen = history(rates.exposed, rates.conversions, campaign=range(len(rates.keys)))
    correct_fatigue(stores.engine, predictions(model, 130))
    refused = learn_from_clicks(stores.engine, model, seen, n_features=8)
    assert refused == {Outcome.FROZEN: UNITS}


def test_click_rates_of_a_campaign_are_those_of_its_units() -> None:
    seen = history([[100, 0], [50, 20], [10, 30]], [[1, 0], [5, 2], [0, 3]], campaign=[0, 1, 1])
    found = click_rates(seen)
    assert found.keys == ("campaign-1", "campaign-0")
    assert found.exposed.tolist() == [[60, 50], [100, 0]]
    assert found.conversions.tolist() == [[5, 5], [1, 0]]


def test_wrong_shapes_and_numbers_are_named(stores: Stores, model: str) -> None:
    made = predictions(model, 1)
    with pytest.raises(InputError, match="must have as many audiences, features and rates"):
        correct_fatigue(stores.engine, replace(made, x=made.x[1:]))
    with pytest.raises(InputError, match="must be finite"):
        correct_fatigue(stores.engine, replace(made, x=np.full_like(made.x, np.nan)))
    correct_fatigue(stores.engine, made)
    learn_from_clicks(stores.engine, model, clicked(1.0), n_features=8)
    with pytest.raises(InputError, match="of the same kind and size"):
        correct_fatigue(stores.engine, made, kind="full")
