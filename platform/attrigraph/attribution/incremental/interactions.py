"""Interactions of pairs of channels: their joint effect beyond their separate effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.attribution.games.owen import interactions
from attrigraph.attribution.incremental.game import EXACT_CHANNELS
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit


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
    """Shapley interaction of every pair of channels, largest first.

    ``I_cd = sum over S with c and d of dividend(S) / (|S| - 1)`` (Grabisch & Roubens 1999).
    Triggered touches count for their own channel here, and lift tests are not applied.

    Raises:
        InputError: the coalitions were sampled; interactions need all of them.
    """
    if not credit.coalitions.exact:
        raise InputError(
            f"interactions need the values of all sets of channels, which is possible for at"
            f" most {EXACT_CHANNELS} channels, got {len(credit.keys)}; merge small channels"
        )
    matrix = interactions(credit.values)
    pairs = [
        Interaction(first, second, float(matrix[i, j]))
        for i, first in enumerate(credit.keys)
        for j, second in enumerate(credit.keys[:i])
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.conversions))
