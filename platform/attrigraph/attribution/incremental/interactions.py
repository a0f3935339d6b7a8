"""Interactions of pairs of channels: their joint effect beyond their separate effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from attrigraph.attribution.games.owen import interactions
from attrigraph.attribution.incremental.features import shrunk_groups
from attrigraph.attribution.incremental.game import EXACT_CHANNELS
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.response import Response

FALSE_DISCOVERIES: Final = 0.1
"""Expected share of pairs without an effect of their own among those that are found."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """Interaction of one pair of channels.

    Attributes:
        first: name of a channel; None is the unknown channel.
        second: name of another channel.
        conversions: joint effect beyond the sum of the separate effects, averaged over orders;
            negative if the channels are substitutes.
    """

    first: str | None
    second: str | None
    conversions: float


def channel_interactions(credit: IncrementalCredit) -> tuple[Interaction, ...]:
    """Shapley interaction of every pair of channels of marketing, largest first.

    See ``interaction_matrix``.

    Raises:
        InputError: the coalitions were sampled; interactions need all of them.
    """
    matrix, players = interaction_matrix(credit), marketing_channels(credit).tolist()
    pairs = [
        Interaction(credit.keys[i], credit.keys[j], float(matrix[i, j]))
        for place, i in enumerate(players)
        for j in players[:place]
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.conversions))


def interaction_matrix(credit: IncrementalCredit) -> NDArray[np.float64]:
    """Shapley interactions of pairs of channels, conversions ``[keys, keys]``, symmetric.

    ``I_cd = sum over S with c and d of dividend(S) / (|S| - 1)`` (Grabisch & Roubens 1999); 0 for
    channels that are no marketing. Triggered touches count for their own channel here, and lift
    tests are not applied.

    Raises:
        InputError: the coalitions were sampled; interactions need all of them.
    """
    if not credit.coalitions.exact:
        raise InputError(
            f"interactions need the values of all sets of channels, which is possible for at"
            f" most {EXACT_CHANNELS} channels, got {len(credit.keys)}; merge small channels"
        )
    matrix, players = np.zeros((len(credit.keys),) * 2), marketing_channels(credit)
    matrix[np.ix_(players, players)] = interactions(credit.values)
    return matrix


def pairs_that_help(response: Response) -> NDArray[np.bool_]:
    """Pairs of channels with more effect together than the sum of theirs, ``[keys, keys]``.

    The fitted effect of the product of two exposures is tested against 0 by its curvature, with
    control of false discoveries over all pairs (Benjamini & Hochberg 1995).
    """
    effects, keys = response.effects, len(response.effects.main)
    found = np.zeros((keys, keys), dtype=bool)
    pairs = effects.pairs
    if len(pairs) == 0:
        return found
    columns, _ = shrunk_groups(keys, len(pairs), len(effects.by_segment))
    variance = np.diagonal(np.linalg.inv(response.hazard.curvature))[columns]
    chance = false_discovery_control(ndtr(-effects.joint / np.sqrt(variance)))
    found[tuple(pairs[chance <= FALSE_DISCOVERIES].T)] = True
    return found | found.T


def marketing_channels(credit: IncrementalCredit) -> NDArray[np.int64]:
    """Channels that the coalitions switch off, those of marketing, int64 ``[n]``, ascending."""
    return np.flatnonzero(~credit.coalitions.running[0])
