"""Survival models: planted medians, censoring, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.baseline import Example
from attrigraph.fatigue.baselines.survival import fit_cox, fit_weibull
from attrigraph.fatigue.labels import Labels
from fatigue_examples import small_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attrigraph.fatigue.baselines.survival import Survival

FITS = [fit_weibull, fit_cox]


def planted(n: int = 1500, end: float = np.inf) -> tuple[Example, np.ndarray]:
    """Units whose days are Weibull of shape 2 with a scale by the first feature; their medians."""
    rng = np.random.default_rng(0)
    example = small_examples()[0]
    own = np.zeros((n, example.snapshot.own.shape[1]))
    own[:, 0] = rng.normal(size=n)
    scale = np.exp(2 + 0.4 * own[:, 0])
    days = scale * rng.weibull(2, n)
    labels = Labels(np.minimum(days, end), days <= end)
    neighbour = np.zeros((n, example.snapshot.neighbour.shape[1]))
    snapshot = replace(example.snapshot, units=np.arange(n), own=own, neighbour=neighbour)
    return Example(example.panel, snapshot, labels, np.ones(n, bool)), scale * np.log(2) ** 0.5


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("end", [np.inf, 8.0], ids=["all seen", "censored"])
def test_medians_are_those_of_the_distribution(
    fit: Callable[[Sequence[Example]], Survival], end: float
) -> None:
    example, median = planted(end=end)
    found = fit([example]).predict(example.snapshot, example.panel).days
    # Cox knows nothing of days after the last one
    seen = (median < min(0.7 * end, 20)) & (np.abs(example.snapshot.own[:, 0]) < 2)
    assert np.abs(found - median)[seen].mean() < 0.6
    assert np.corrcoef(np.log(found[seen]), np.log(median[seen]))[0, 1] > 0.97


@pytest.mark.parametrize("fit", FITS)
def test_forecasts_are_days_up_to_the_horizon(
    fit: Callable[[Sequence[Example]], Survival],
) -> None:
    examples = small_examples()
    model = fit(examples)
    for example in examples:
        found = model.predict(example.snapshot, example.panel)
        assert ((found.days >= 0) & (found.days <= 30)).all()
        assert found.log_ratio is None


@pytest.mark.parametrize("fit", FITS)
def test_too_few_tired_units_are_named(fit: Callable[[Sequence[Example]], Survival]) -> None:
    example, _ = planted(n=40, end=0.5)
    with pytest.raises(InputError, match="need 10 units that became tired, got"):
        fit([example])
    with pytest.raises(InputError, match="need units to learn from, got none"):
        fit([])


def test_without_lifelines_the_extra_is_named() -> None:
    code = (
        "import sys\n"
        "sys.modules['lifelines'] = None\n"
        "from attrigraph.errors import MissingExtraError\n"
        "from attrigraph.fatigue.baselines.catalogue import BASELINES\n"
        "try:\n"
        "    BASELINES['Cox']([])\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "survival models need lifelines: pip install 'attrigraph[fatigue]'\n"
