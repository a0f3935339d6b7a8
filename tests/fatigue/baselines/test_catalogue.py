"""What holds for every baseline."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.fatigue.baselines.catalogue import BASELINES
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from fatigue_examples import held_out_error, small_examples
from fatigue_histories import history

if TYPE_CHECKING:
    from attrigraph.fatigue.baselines.baseline import Baseline


@cache
def fitted(name: str) -> Baseline:
    return BASELINES[name](small_examples())


@pytest.mark.parametrize("name", BASELINES)
def test_forecasts_are_finite_and_only_of_the_units_learnt_from(name: str) -> None:
    examples = small_examples()
    model = fitted(name)
    found = [model.predict(each.snapshot, each.panel).days for each in examples]
    # labels of units that are held out are not read
    rng = np.random.default_rng(0)
    altered = [
        replace(
            each, labels=replace(each.labels, days=np.where(each.learn, each.labels.days, draw))
        )
        for each, draw in ((e, 30 * rng.random(len(e.learn))) for e in examples)
    ]
    other = BASELINES[name](altered)
    for example, days in zip(examples, found, strict=True):
        assert days.shape == example.snapshot.units.shape
        assert ((days >= 0) & (days <= 30)).all()
        again = other.predict(example.snapshot, example.panel).days
        assert again.tolist() == days.tolist()


@pytest.mark.parametrize("name", BASELINES)
def test_small_accounts_have_a_forecast(name: str) -> None:
    """One campaign, launched on the day, paused, without clicks, and no live unit at all."""
    model = fitted(name)
    shown = np.array([[0.0] * 9 + [50], [50.0] * 5 + [0] * 5, [3.0] * 10])
    for impressions in (shown, shown[:, -1:], np.zeros((1, 4))):
        panel = panel_of(history(impressions, 0 * impressions))
        snapshot = snapshot_of(panel)
        found = model.predict(snapshot, panel)
        assert found.days.shape == snapshot.units.shape
        assert ((found.days >= 0) & (found.days <= 30)).all()


def test_those_that_learn_are_better_than_thresholds() -> None:
    examples = small_examples()
    errors = {}
    for name in BASELINES:
        model = fitted(name)
        errors[name] = held_out_error([model.predict(e.snapshot, e.panel).days for e in examples])
    thresholds = [errors.pop("frequency above 3"), errors.pop("click rate 20% below its peak")]
    assert max(errors.values()) < min(thresholds)
    assert errors["shrunk exponential"] < errors["exponential"]


def test_names_are_known_without_optional_packages() -> None:
    code = (
        "import sys\n"
        "import attrigraph.cli.main\n"
        "from attrigraph.fatigue.baselines.catalogue import BASELINES\n"
        "print(sorted({'sklearn', 'lifelines', 'torch', 'pandas'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
