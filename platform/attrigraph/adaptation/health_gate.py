"""Whether conversion rates of campaigns are healthy enough to learn from; needs the extra ``gnn``.

The topology gate (``attention.monitoring``) compares which campaigns are alike with which were so
before. Rates that were joined to wrong campaigns, or tracking that fails for some, change that; a
market that moves as a whole does not. The gate looks back ``LOOK_BACK_DAYS``, so that a change of
long ago no longer matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import MissingExtraError

try:
    import torch

    from attention.monitoring.topology_gate import STEP_FACTOR, TopologyGate
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"jaxtyping", "torch"}:
        raise
    raise MissingExtraError(
        "the health gate needs PyTorch: pip install 'attrigraph[gnn]'"
    ) from error

if TYPE_CHECKING:
    from attrigraph.adaptation.conversion_rates import DailyRates

WINDOW_DAYS: Final = 28
"""Of rates by which campaigns are compared."""

LOOK_BACK_DAYS: Final = 28
MAX_CAMPAIGNS: Final = 40
"""Those with the most conversions; rates of others are mostly noise."""


@dataclass(frozen=True, slots=True)
class Health:
    """What the gate found.

    Attributes:
        mode: ``stable``, ``cautious`` or ``freeze``.
        coherence: part of the nearest neighbours of campaigns that were kept, 0 to 1.
        by_chance: the same where campaigns are alike by chance. Only where it is below a threshold
            of the gate, .75 for caution and .25 for a freeze, can that mode be reached.
        campaigns: that were compared.
        step: factor on the steps of learning; 0 rejects updates.
    """

    mode: str
    coherence: float
    by_chance: float
    campaigns: int
    step: float


def health_of(rates: DailyRates) -> Health | None:
    """The health at the end of the last day; None before there are ``WINDOW_DAYS`` days.

    Args:
        rates: of campaigns, those with the most conversions first.
    """
    top = slice(MAX_CAMPAIGNS)
    exposed = np.maximum(rates.exposed[top], 1)
    matrix = torch.from_numpy(rates.conversions[top] / exposed)
    first = max(WINDOW_DAYS, rates.days - LOOK_BACK_DAYS)
    gate = TopologyGate(every=1)
    for end in range(first, rates.days + 1):
        gate.observe(matrix[:, end - WINDOW_DAYS : end])
    if gate.mode is None:
        return None
    others = max(1, len(matrix) - 1)
    return Health(
        gate.mode.value,
        gate.coherence,
        gate.compared / others if gate.compared else 1.0,
        len(matrix),
        STEP_FACTOR[gate.mode],
    )
