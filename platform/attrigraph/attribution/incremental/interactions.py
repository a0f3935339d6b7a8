"""What pairs of channels cause together beyond what they cause apart."""

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
    """One pair of channels.

    Attributes:
        first: name of a channel; None gathers the touches of an unknown one.
        second: name of another.
        conversions: what both cause together beyond what each causes without the other, averaged
            over orders; below 0 where they do each other's work.
    """

    first: str | None
    second: str | None
    conversions: float


def channel_interactions(found: IncrementalCredit) -> tuple[Interaction, ...]:
    """Shapley interaction of every pair of channels in the game that was played, largest first.

    ``I_cd = sum over S with c and d of dividend(S) / (|S| - 1)`` (Grabisch & Roubens 1999). Touches
    that others triggered count for their own channel here, and lift tests change nothing.

    Raises:
        InputError: when coalitions were sampled; pairs need the values of all of them.
    """
    if not found.coalitions.exact:
        raise InputError(
            f"interactions need the values of all sets of channels, which are known for at most"
            f" {EXACT_CHANNELS} channels, and there are {len(found.keys)}: gather small channels"
        )
    matrix = interactions(found.values)
    pairs = [
        Interaction(first, second, float(matrix[i, j]))
        for i, first in enumerate(found.keys)
        for j, second in enumerate(found.keys[:i])
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.conversions))
