"""What channels or campaigns brought at their observed touches: the levels of response curves.

A level is the credited value, with draws of chance and bias.

A campaign has few conversions, so it borrows from its channel: its value per touch is shrunk to
that of the channel, by what the noise of the draws lets expect (empirical Bayes; Efron & Morris
1973). The spread of campaigns around their channel, relative to it, is its posterior mean (see
``shrinkage``). The values of a channel's campaigns still sum to what they did.

Where a key is not identified, its draws are even between the ends of its wide interval, of which
they leave 5 % of the draws on either side, in the order in which chance and bias would have them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.shrinkage import SpreadPosterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.domain import Credit

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Values at the observed touches.

    Attributes:
        keys: names of channels, or ids of campaigns; None for the unknown one.
        value: float64 ``[keys]``, credited, currency.
        draws: float64 ``[draws, keys]``, currency.
        touches: float64 ``[keys]``, touches in the window, above 0.
        channel: int64 ``[keys]``, the channel on which most of these touches are.
    """

    keys: tuple[str | None, ...]
    value: Floats
    draws: Floats
    touches: Floats
    channel: NDArray[np.int64]


def shrunk_to_channels(levels: Levels) -> Levels:
    """The levels of campaigns, drawn to those of their channels."""
    value, draws = levels.value.copy(), levels.draws.copy()
    for channel in np.unique(levels.channel):
        own = np.flatnonzero(levels.channel == channel)
        if len(own) > 1:
            value[own], draws[:, own] = _shrunk(value[own], draws[:, own], levels.touches[own])
    return replace(levels, value=value, draws=draws)


def _shrunk(value: Floats, draws: Floats, touches: Floats) -> tuple[Floats, Floats]:
    """Values ``[n]`` and draws ``[draws, n]`` of the campaigns of one channel."""
    share = touches / touches.sum()
    mean, means = value.sum(), draws.sum(axis=1, keepdims=True)
    # values if all had the touches of the channel
    apart = value / share - mean
    noise = draws / share - means - apart
    variance = noise.var(axis=0)
    kept = _kept(apart, variance, float(mean))
    moved = share * (mean + kept * apart)
    drawn = share * (means + kept * apart + np.sqrt(kept) * noise)
    return (
        moved + share * (mean - moved.sum()),
        drawn + share * (means - drawn.sum(axis=1, keepdims=True)),
    )


def _kept(apart: Floats, variance: Floats, mean: float) -> Floats:
    """How much of its difference to the channel each campaign keeps, ``[n]`` in [0, 1].

    All of it without noise, none in a channel that brought nothing.
    """
    if not variance.any():
        return np.ones(len(apart))
    if mean <= 0:
        return np.zeros(len(apart))
    floor = 1e-12 * mean**2
    relative = np.maximum(variance, floor) / mean**2
    spread = 1 / SpreadPosterior.of(apart / mean, np.diag(relative), 0.0).penalty
    return np.asarray(spread / (spread + relative))


def widened_to_intervals(levels: Levels, lines: Mapping[str | None, Credit]) -> Levels:
    """The levels with draws as wide as the intervals of lines that are not identified."""
    draws = levels.draws.copy()
    for number, key in enumerate(levels.keys):
        line = lines[key]
        if line.reasons and line.value_low is not None and line.value_high is not None:
            value = float(levels.value[number])
            ends = min(line.value_low, value), max(line.value_high, value)
            draws[:, number] = _between(draws[:, number], value, *ends)
    return replace(levels, draws=draws)


def _between(draws: Floats, value: float, low: float, high: float) -> Floats:
    """Even draws around a value in the order of ``draws``, with 5 % below and above the ends."""
    place = np.empty(len(draws))
    place[np.argsort(draws, kind="stable")] = (np.arange(len(draws)) + 0.5) / len(draws) - 0.5
    return np.asarray(value + np.where(place < 0, value - low, high - value) * place / 0.45)
