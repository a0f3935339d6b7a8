"""Journeys whose chances are known, for tests of models that learn them."""

import numpy as np
from numpy.typing import NDArray

from gnn.calibration import sigmoid
from gnn.journeys import JourneyColumns, journey_columns
from gnn.model import ModelSettings
from gnn.training import TrainingSettings

SMALL = TrainingSettings(
    model=ModelSettings(dim=16, heads=2, hidden=16), batch_size=256, learning_rate=6e-3, cuts=1
)
"""Settings that fit a planted world in a few seconds."""


def journeys_of(
    *touches: list[tuple[int, float]],
    converted: list[bool] | None = None,
    covariates: NDArray[np.float64] | None = None,
) -> JourneyColumns:
    """Columns of journeys given as lists of (channel, days before the end)."""
    flat = [touch for journey in touches for touch in journey]
    return journey_columns(
        np.cumsum([0, *map(len, touches)]),
        np.array([days for _, days in flat], dtype=float),
        np.array([channel for channel, _ in flat], dtype=int),
        np.array(converted if converted is not None else [False] * len(touches)),
        covariates=covariates,
    )


def random_journeys(
    count: int, seed: int, *, channels: int = 3, mean: float = 2.0, covariates: int = 0
) -> JourneyColumns:
    """Journeys of random length, channels and times; none converts."""
    rng = np.random.default_rng(seed)
    size = rng.poisson(mean, count)
    journey = np.repeat(np.arange(count), size)
    days = 30 * rng.random(len(journey))
    return journey_columns(
        np.concatenate([[0], np.cumsum(size)]),
        days[np.lexsort((-days, journey))],
        rng.integers(0, channels, len(journey)),
        np.zeros(count, bool),
        covariates=rng.normal(size=(count, covariates)),
    )


def converting(
    journeys: JourneyColumns, logit: NDArray[np.float64], seed: int
) -> tuple[JourneyColumns, NDArray[np.float64]]:
    """The journeys with conversions drawn at these logits, and the chances."""
    chance = sigmoid(logit)
    drawn = np.random.default_rng(seed).random(len(journeys)) < chance
    made = journey_columns(
        journeys.offsets,
        journeys.days,
        journeys.channel,
        drawn,
        covariates=journeys.covariates,
        user=journeys.user,
    )
    return made, chance


def cross_entropy(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Expected log-loss of predictions under the true probabilities, in nats."""
    return float(-(truth * np.log(predicted) + (1 - truth) * np.log(1 - predicted)).mean())
