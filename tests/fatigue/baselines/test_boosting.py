"""Boosted trees: what they learn from, the same for the same seed, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.baseline import Example
from attrigraph.fatigue.baselines.boosting import fit_boosting
from attrigraph.fatigue.labels import Labels
from fatigue_examples import small_examples


def planted(n: int = 800) -> Example:
    """Units that last ten days, and ten more with a first feature of similar ones above 0."""
    rng = np.random.default_rng(1)
    example = small_examples()[0]
    own = rng.normal(size=(n, example.snapshot.own.shape[1]))
    neighbour = rng.normal(size=(n, example.snapshot.neighbour.shape[1]))
    days = np.where(neighbour[:, 0] > 0, 20.0, 10.0)
    snapshot = replace(example.snapshot, units=np.arange(n), own=own, neighbour=neighbour)
    labels = Labels(days, np.ones(n, bool))
    return Example(example.panel, snapshot, labels, np.arange(n) < n // 2)


def test_only_trees_with_neighbours_see_neighbours() -> None:
    example = planted()
    errors = []
    for with_neighbours in (True, False):
        model = fit_boosting([example], with_neighbours=with_neighbours)
        found = model.predict(example.snapshot, example.panel).days
        errors.append(np.abs(found - example.labels.days)[~example.learn].mean())
    assert errors[0] < 1
    assert errors[1] > 3


def test_censored_and_other_units_are_not_learnt_from() -> None:
    example = planted()
    censored = np.arange(len(example.learn)) % 5 == 0
    # before all others, which weigh the same then
    labels = Labels(np.where(censored, 1.0, example.labels.days), ~censored)
    other = replace(example, labels=labels, learn=np.ones_like(example.learn))
    expected = replace(example, learn=~censored)
    found, same = (
        fit_boosting([each]).predict(example.snapshot, example.panel).days
        for each in (other, expected)
    )
    assert found.tolist() == same.tolist()


def test_forecasts_are_days_up_to_the_horizon() -> None:
    examples = small_examples()
    for with_neighbours in (True, False):
        model = fit_boosting(examples, with_neighbours=with_neighbours)
        found = np.concatenate([model.predict(e.snapshot, e.panel).days for e in examples])
        assert ((found >= 0) & (found <= 30)).all()


def test_too_few_units_are_named() -> None:
    with pytest.raises(InputError, match="boosting needs 50 units with known days, got 20"):
        fit_boosting([planted(40)])


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = (
        "import sys\n"
        "sys.modules['sklearn'] = None\n"
        "from attrigraph.errors import MissingExtraError\n"
        "from attrigraph.fatigue.baselines.catalogue import BASELINES\n"
        "try:\n"
        "    BASELINES['boosting']([])\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "boosting needs scikit-learn: pip install 'attrigraph[fatigue]'\n"
