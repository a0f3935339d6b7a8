"""Draws from a smooth posterior: its mode, and Hamiltonian Monte Carlo in coordinates of its bends.

The curvature at the mode gives coordinates in which the posterior is about a standard normal, where
a fixed step serves all directions (Neal 2011, section 4.1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize

from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Density = Callable[[Floats], tuple[float, Floats]]

N_CHAINS: Final = 2
N_WARM_UP: Final = 150
MIN_STEPS: Final = 200
TRAJECTORY: Final = np.pi / 2
"""Length of a path, a quarter of an oscillation of a standard normal."""

MAX_PATH: Final = 50
"""Steps of a path; more are not worth their time."""

MIN_CURVATURE: Final = 0.3
"""Curvatures below this are taken for it; with standard normal priors they are about 1 or more."""

MAX_R_HAT: Final = 1.1
MAX_ROUNDS: Final = 3
ACCEPTED: Final = 0.8
"""Share of paths that the step is adapted to."""

DIFFERENCE: Final = 1e-4


def mode_of(density: Density, start: Floats) -> Floats:
    """The point of the largest density, from a start.

    Raises:
        ConvergenceError: it was not found.
    """

    def loss(point: Floats) -> tuple[float, Floats]:
        value, gradient = density(point)
        return -value, -gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    if not np.isfinite(found.fun):
        raise ConvergenceError("the fit to a history of spend did not converge")
    return np.asarray(found.x)


def draws_from(density: Density, mode: Floats, n_draws: int, rng: np.random.Generator) -> Floats:
    """Draws ``[n_draws, size]``.

    Raises:
        ConvergenceError: chains still differ after several times as many steps.
    """
    axes = axes_of(density, mode)

    def along(place: Floats) -> tuple[float, Floats]:
        value, gradient = density(mode + axes @ place)
        return value, axes.T @ gradient

    n_steps = max(n_draws, MIN_STEPS)
    for _ in range(MAX_ROUNDS):
        chains = np.stack([_chain(along, len(mode), n_steps, rng) for _ in range(N_CHAINS)])
        if r_hat(chains).max() <= MAX_R_HAT:
            kept = np.linspace(0, N_CHAINS * n_steps - 1, n_draws).astype(np.int64)
            return np.asarray(mode + chains.reshape(-1, len(mode))[kept] @ axes.T)
        n_steps *= 3
    raise ConvergenceError("draws of a history of spend did not settle; give it more days")


def r_hat(chains: Floats) -> Floats:
    """Potential scale reduction ``[size]`` of split chains ``[chains, steps, size]``.

    Gelman & Rubin 1992, with halves of chains; 1 where chains agree.
    """
    half = chains.shape[1] // 2
    parts = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])
    within = parts.var(axis=1, ddof=1).mean(axis=0)
    between = parts.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((half - 1) / half + between / within))


def axes_of(density: Density, mode: Floats) -> Floats:
    """Columns along which the posterior has a standard deviation of about 1 ``[size, size]``."""
    steps = DIFFERENCE * np.eye(len(mode))
    rows = [density(mode + step)[1] - density(mode - step)[1] for step in steps]
    curvature = -np.array(rows) / (2 * DIFFERENCE)
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    return np.asarray(vectors / np.sqrt(np.maximum(values, MIN_CURVATURE)))


def _chain(density: Density, size: int, n_steps: int, rng: np.random.Generator) -> Floats:
    """Places ``[n_steps, size]`` of one chain, after a warm-up that adapts the step."""
    place, step = rng.standard_normal(size) / 2, 0.3
    value, gradient = density(place)
    places = np.empty((n_steps, size))
    for number in range(-N_WARM_UP, n_steps):
        momentum = rng.standard_normal(size)
        end, end_momentum, end_value, end_gradient = _path(
            density, place, momentum, gradient, step * rng.uniform(0.8, 1.2)
        )
        gain = end_value - value - (end_momentum @ end_momentum - momentum @ momentum) / 2
        chance = math.exp(min(float(gain), 0.0)) if np.isfinite(gain) else 0.0
        if rng.random() < chance:
            place, value, gradient = end, end_value, end_gradient
        if number < 0:
            step *= math.exp((chance - ACCEPTED) / math.sqrt(number + N_WARM_UP + 1))
        else:
            places[number] = place
    return places


def _path(
    density: Density, place: Floats, momentum: Floats, gradient: Floats, step: float
) -> tuple[Floats, Floats, float, Floats]:
    """The end of a leapfrog path: place, momentum, density and gradient."""
    value = 0.0
    for _ in range(min(int(np.ceil(TRAJECTORY / step)), MAX_PATH)):
        momentum = momentum + step / 2 * gradient
        place = place + step * momentum
        value, gradient = density(place)
        momentum = momentum + step / 2 * gradient
    return place, momentum, value, gradient
