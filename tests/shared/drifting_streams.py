"""Streams of cases whose truth drifts away from a frozen model, and the loss of following them.

There are 13 outputs and 256 features. The spectrum of the features falls as 1 / k, and their mean
square is 1. What the frozen model misses of an output has the variance 4 after a drift of rank 1,
and .27 after one of full rank; the noise has .09. A jump is after a third of the cases, and errors
are measured over the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.guard import Guard
from attrigraph.adaptation.losses import SquaredLoss

if TYPE_CHECKING:
    from attrigraph.adaptation.adapter import Adapter, Floats

N_OUTPUTS: Final = 13
N_FEATURES: Final = 256
N_CASES: Final = 3000
NOISE: Final = 0.3
DRIFTS: Final = ("none", "slow rank 1", "jump rank 1", "jump full rank")


@dataclass(frozen=True)
class Stream:
    """Features ``[n_cases, n_features]``, and what the frozen model misses of the outputs."""

    x: Floats
    missed: Floats

    @property
    def frozen_error(self) -> float:
        """Mean squared error without any adapter."""
        return float((self.missed[len(self.x) // 3 :] ** 2).mean())


def drifting_stream(drift: str, *, seed: int, n_cases: int = N_CASES) -> Stream:
    """One of ``DRIFTS``."""
    rng = np.random.default_rng([seed, 7])
    spectrum = 1 / np.arange(1, N_FEATURES + 1)
    axes = np.linalg.qr(rng.normal(size=(N_FEATURES, N_FEATURES)))[0]
    root = axes * np.sqrt(spectrum * N_FEATURES / spectrum.sum())
    x = rng.normal(size=(n_cases, N_FEATURES)) @ root.T
    rank_1 = np.outer(rng.normal(size=N_OUTPUTS), root @ rng.normal(size=N_FEATURES))
    full_rank = rng.normal(size=(N_OUTPUTS, N_FEATURES))
    change, variance = (full_rank, 0.266) if drift == "jump full rank" else (rank_1, 4.0)
    change *= np.sqrt(variance * N_OUTPUTS) / np.linalg.norm(change @ root)
    missed = (x @ change.T) * _size(drift, n_cases)[:, None]
    return Stream(x, missed + NOISE * rng.normal(size=(n_cases, N_OUTPUTS)))


def _size(drift: str, n_cases: int) -> Floats:
    """Of the change at each case."""
    case = np.arange(n_cases)
    if drift == "none":
        return np.zeros(n_cases)
    size = case / n_cases if drift.startswith("slow") else case >= n_cases // 3
    return np.asarray(size, dtype=np.float64)


def prequential_error(stream: Stream, adapter: Adapter, guard: Guard | None = None) -> float:
    """Mean squared error where each case is predicted first and learnt then."""
    served = np.empty_like(stream.missed)
    frozen = np.zeros(stream.missed.shape[1])
    for case, (x, y) in enumerate(zip(stream.x, stream.missed, strict=True)):
        correction = adapter.correction(x)
        served[case] = correction if guard is None else guard.serve(frozen, correction)
        if guard is not None:
            guard.learn(frozen, correction, y)
        adapter.learn(x, correction - y)
    return float(((served - stream.missed)[len(stream.x) // 3 :] ** 2).mean())


def guarded_ratio(stream: Stream, adapter: Adapter) -> float:
    """Error of the guarded mixture as a multiple of the frozen model's."""
    return prequential_error(stream, adapter, Guard(SquaredLoss())) / stream.frozen_error
