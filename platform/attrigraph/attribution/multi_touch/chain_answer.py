"""The chain of a Markov model as part of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.attribution.multi_touch.markov import transition_matrix
from attrigraph.domain import MarkovChain, RemovalEffect, Transitions

if TYPE_CHECKING:
    from attrigraph.attribution.multi_touch.chain import Chain
    from attrigraph.domain.columns import Amounts

MAX_SHOWN: Final = 50
"""Up to this many keys an answer has removal effects and transitions."""


def chain_answer(chain: Chain, losses: Amounts) -> MarkovChain | None:
    """Removal effects, and transitions where the chain is of order one.

    Args:
        chain: in counts.
        losses: conversions and value lost with each key, ``[n_keys, 2]``.

    Returns:
        None for more than ``MAX_SHOWN`` keys.
    """
    if len(chain.keys) > MAX_SHOWN:
        return None
    conversions = float(chain.conversions.sum()) + chain.untouched[0]
    value = float(chain.value.sum()) + chain.untouched[1]
    effects = [
        RemovalEffect(
            key,
            float(lost / conversions) if conversions else 0.0,
            float(lost_value / value) if value else None,
        )
        for key, (lost, lost_value) in zip(chain.keys, losses, strict=True)
    ]
    effects.sort(key=lambda one: (-one.conversions, one.key is None, one.key or ""))
    return MarkovChain(
        chain.order, tuple(effects), _transitions(chain) if chain.order == 1 else None
    )


def _transitions(chain: Chain) -> Transitions:
    matrix = transition_matrix(chain)
    return Transitions(
        chain.keys,
        tuple(map(tuple, matrix.probability.tolist())),
        tuple(map(tuple, matrix.count.tolist())),
    )
