"""Campaigns that may take from each other, and those that may help each other, by what they share.

Pairs with nearly the same text that share a channel or an audience compete for the same people; the
curves of a plan, each measured alone, then promise too much for both. Pairs that reach an audience
by different channels, with texts that differ, are candidates for a test of synergy. Neither has a
number that a plan uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from attrigraph.quantities import enumerated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIBLINGS: Final = 0.8
"""Cosine of texts from which campaigns are siblings."""

MAX_PAIRS: Final = 20
"""Pairs of each kind that are kept: the most similar."""


@dataclass(frozen=True, slots=True)
class CampaignReach:
    """Where a campaign runs.

    Attributes:
        channels: names.
        audiences: ids.
    """

    channels: frozenset[str]
    audiences: frozenset[str]


@dataclass(frozen=True, slots=True)
class RelatedPair:
    """Two campaigns.

    Attributes:
        campaigns: their ids.
        similarity: cosine of their texts.
        channels: that both run on, sorted.
        audiences: that both target, sorted.
    """

    campaigns: tuple[str, str]
    similarity: float
    channels: tuple[str, ...]
    audiences: tuple[str, ...]

    def shared(self) -> str:
        """What both have, in words: ``on search, for young``."""
        parts = (("on", self.channels), ("for", self.audiences))
        return ", ".join(f"{word} {enumerated(names)}" for word, names in parts if names)


@dataclass(frozen=True, slots=True)
class RelatedCampaigns:
    """Pairs of campaigns of a plan, the most similar first.

    Attributes:
        competing: those that compete for the same people.
        n_competing: number of these, also where not all are kept.
        synergy_candidates: those that may help each other, for a test.
        n_synergy_candidates: number of these.
        threshold: cosine of texts from which campaigns compete.
    """

    competing: tuple[RelatedPair, ...]
    n_competing: int
    synergy_candidates: tuple[RelatedPair, ...]
    n_synergy_candidates: int
    threshold: float


def related_campaigns(
    ids: Sequence[str], reaches: Sequence[CampaignReach], similarity: Floats
) -> RelatedCampaigns:
    """Pairs among n campaigns.

    Args:
        ids: of the campaigns.
        reaches: of them.
        similarity: cosines of their texts, float64 ``[n, n]``.
    """
    competing, candidates = [], []
    for a, b in combinations(range(len(ids)), 2):
        channels = reaches[a].channels & reaches[b].channels
        audiences = reaches[a].audiences & reaches[b].audiences
        if not channels and not audiences:
            continue
        cosine = float(similarity[a, b])
        pair = RelatedPair(
            (ids[a], ids[b]), cosine, tuple(sorted(channels)), tuple(sorted(audiences))
        )
        if cosine >= SIBLINGS:
            competing.append(pair)
        elif not channels and reaches[a].channels and reaches[b].channels:
            candidates.append(pair)
    return RelatedCampaigns(
        _nearest(competing), len(competing), _nearest(candidates), len(candidates), SIBLINGS
    )


def _nearest(pairs: list[RelatedPair]) -> tuple[RelatedPair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (-pair.similarity, pair.campaigns))[:MAX_PAIRS])
