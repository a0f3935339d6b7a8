"""Adapters by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from attrigraph.adaptation.bias import BiasAdapter
from attrigraph.adaptation.elastic import ElasticLowRank
from attrigraph.adaptation.full_head import FullHead
from attrigraph.adaptation.low_rank import LowRank
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.adaptation.adapter import Adapter

_MAKERS: Final[dict[str, Callable[[int, int], Adapter]]] = {
    "bias": lambda n_outputs, _: BiasAdapter(n_outputs),
    "full": FullHead,
    **{f"lora-{rank}": partial(LowRank, rank=rank) for rank in (1, 2, 8)},
    "elastic-8": ElasticLowRank,
}
KINDS: Final = tuple(_MAKERS)
DEFAULT_KIND: Final = "lora-2"


def make_adapter(kind: str, n_outputs: int, n_features: int) -> Adapter:
    """A new adapter.

    Raises:
        InputError: there is no such kind.
    """
    if kind not in _MAKERS:
        raise InputError(f"an adapter must be one of {', '.join(KINDS)}, got {kind!r}")
    return _MAKERS[kind](n_outputs, n_features)
