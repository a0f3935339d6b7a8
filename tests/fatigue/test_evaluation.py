"""Evaluation of methods on a history, split by time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.fatigue import calibration, evaluation, learning
from attrigraph.fatigue.baselines.catalogue import BASELINES
from attrigraph.fatigue.baselines.thresholds import DropThreshold
from attrigraph.fatigue.evaluation import evaluate_fatigue
from attrigraph.fatigue.labels import labels_of
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.targets import targets_of
from attrigraph.fatigue.trained import EXPONENTIAL, HEAD, NETWORK, SHRUNK
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS
from attrigraph.worlds.fatigue.history import history_of
from attrigraph.worlds.fatigue.simulation import simulate_fatigue
from fatigue_histories import history, small_history
from gnn.fatigue.training import FatigueTraining

if TYPE_CHECKING:
    from attrigraph.fatigue.history import FatigueHistory


def _world(campaigns: int, creatives: int) -> FatigueHistory:
    spec = replace(FATIGUE_WORLDS["fatigue-spill"], campaigns=campaigns, creatives=creatives)
    return history_of(simulate_fatigue(spec, seed=1))


def _paused(figures: FatigueHistory, day: int) -> FatigueHistory:
    """Every third unit is paused from a day on."""
    goes_on = np.ones(figures.observed.shape, bool)
    goes_on[::3, day:] = False
    return replace(
        figures,
        observed=figures.observed & goes_on,
        impressions=figures.impressions * goes_on,
        clicks=figures.clicks * goes_on,
    )


def test_few_campaigns_have_only_baselines() -> None:
    found = evaluate_fatigue(_world(20, 4))
    assert found.served == SHRUNK
    assert found.calibration is None
    assert found.not_fitted[NETWORK] == found.not_fitted[HEAD] == "it needs 30 campaigns, got 20"
    names = {one.method for one in found.methods}
    assert names | set(found.not_fitted) == {*BASELINES, NETWORK, HEAD}
    assert {one.method for one in found.methods if one.has_curve} == {SHRUNK, EXPONENTIAL}
    assert found.best == found.methods[0]
    assert [one.days for one in found.methods] == sorted(one.days for one in found.methods)


def test_forecasts_know_the_first_days_alone_and_labels_all() -> None:
    figures = _paused(_world(20, 4).until(89), 66)
    found = evaluate_fatigue(figures)
    past = panel_of(figures.until(59))
    snapshot = snapshot_of(past)
    labels = labels_of(targets_of(panel_of(figures), snapshot.units, 59), snapshot)
    away = np.abs(DropThreshold().predict(snapshot, past).days - labels.days)[labels.complete]
    (drop,) = (one for one in found.methods if one.method == "click rate 20% below its peak")
    assert drop.days == pytest.approx(away.mean())
    assert (found.live, found.units) == (len(labels.days), len(away))
    assert 0 < found.units < found.live
    assert (found.until - found.as_of).days == 30
    assert str(found.until) == str(figures.first_day + 89)


def test_networks_are_compared_and_the_served_intervals_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation, "BASELINES", {})
    monkeypatch.setattr(calibration, "LEAST_CAMPAIGNS", 3)

    def one_epoch(seed: int, epochs: int) -> FatigueTraining:
        return FatigueTraining(seed=seed, epochs=min(epochs, 1))

    monkeypatch.setattr(learning, "FatigueTraining", one_epoch)
    epochs: list[tuple[int, int]] = []
    found = evaluate_fatigue(_world(40, 2), progress=lambda *done: epochs.append(done))
    assert {NETWORK, HEAD, SHRUNK, EXPONENTIAL} == {one.method for one in found.methods}
    assert found.served in (NETWORK, SHRUNK, EXPONENTIAL)
    assert epochs == [(1, 2), (2, 2)]
    assert found.calibration is not None
    assert 0.3 < found.calibration.coverage <= 1
    assert 0 <= found.calibration.calibration_error <= 1
    assert sum(one.count for one in found.calibration.reliability) == found.units
    read = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert read["best"] == found.best.method
    assert read["calibration"]["reliability"][0].keys() == {"predicted", "observed", "count"}


def test_a_short_history_is_an_error() -> None:
    with pytest.raises(InputError, match=r"needs at least 41 days of figures, .*, got 40"):
        evaluate_fatigue(small_history("fatigue-spill", 20).until(39))


def test_creatives_that_were_all_paused_are_an_error() -> None:
    impressions = np.tile(np.r_[np.full(20, 500.0), np.zeros(25)], (3, 1))
    with pytest.raises(InputError, match=r"no creative that was live on 2024-03-15 became tired"):
        evaluate_fatigue(history(impressions))
