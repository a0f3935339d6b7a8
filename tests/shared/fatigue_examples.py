"""Days of small fatigue worlds to learn from."""

from __future__ import annotations

from functools import cache

import numpy as np

from attrigraph.fatigue.baselines.baseline import Example
from attrigraph.fatigue.labels import labels_of
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.targets import targets_of
from fatigue_histories import small_history

CAMPAIGNS = 40
DAYS = (26, 44, 62)


@cache
def small_examples(name: str = "fatigue-spill") -> tuple[Example, ...]:
    """Days of a world; units of the first half of its campaigns are to learn from."""
    figures = small_history(name, CAMPAIGNS)
    full = panel_of(figures)
    examples = []
    for day in DAYS:
        panel = panel_of(figures.until(day))
        snapshot = snapshot_of(panel)
        labels = labels_of(targets_of(full, snapshot.units, day), snapshot)
        learn = figures.campaign[figures.creative[snapshot.units]] < CAMPAIGNS // 2
        examples.append(Example(panel, snapshot, labels, learn))
    return tuple(examples)


def held_out_error(days: list[np.ndarray], name: str = "fatigue-spill") -> float:
    """Mean absolute error of forecasts for units that were not learnt from."""
    errors = [
        np.abs(forecast - example.labels.days)[~example.learn & example.labels.complete]
        for forecast, example in zip(days, small_examples(name), strict=True)
    ]
    return float(np.concatenate(errors).mean())
