"""One object for all use cases: which mechanism answers which question, built when first asked."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from attention.cross import CrossAttention
from attention.elements import ElementAttention
from attention.experts import ExpertAttention
from attention.flash import FlashAttention
from attention.graph_rope import GraphRopeAttention
from attention.hyperbolic import HyperbolicAttention
from attention.linear import LinearAttention
from attention.multi_head import MultiHeadAttention
from attention.result import AttentionResult
from attention.topology import TopologyGatedAttention


@dataclass(frozen=True)
class UseCase:
    """A question and the mechanism that answers it."""

    question: str
    mechanism: type[nn.Module]


USE_CASES: Mapping[str, UseCase] = MappingProxyType(
    {
        "creative_scoring": UseCase(
            "Which parts of a creative go together, and what does each add?", MultiHeadAttention
        ),
        "audience_hierarchy": UseCase(
            "What do the relatives of a small segment tell of it?", HyperbolicAttention
        ),
        "long_sequence": UseCase(
            "What happens in a long sequence of frames or cards?", FlashAttention
        ),
        "attribution": UseCase("How likely does this journey convert?", GraphRopeAttention),
        "cross_platform": UseCase(
            "What do campaigns elsewhere tell of one without data?", CrossAttention
        ),
        "expert_routing": UseCase("Which platform's model is to be trusted?", ExpertAttention),
        "health_monitoring": UseCase(
            "May budgets and bids still change by themselves?", TopologyGatedAttention
        ),
        "realtime_bidding": UseCase(
            "What has this stream of bid requests been like?", LinearAttention
        ),
    }
)
"""The use cases by name."""


class MarketingAttention(nn.Module):
    """The mechanisms of all use cases, each built when it is first used.

    It starts in evaluation mode, so that equal calls give equal answers; ``train()`` switches
    dropout on. Mechanisms built are submodules: their parameters are in ``parameters()`` and
    ``state_dict()``, so build those to be trained or loaded before, with :meth:`mechanism`.

    Args:
        dim: Width of queries, and of keys and values but for ``cross_platform``, whose keys have
            384 unless its options say otherwise.
        options: Further settings of a use case's mechanism, by use case. ``elements=True`` for
            ``creative_scoring`` takes :class:`attention.elements.ElementAttention`.

    Example:
        >>> import torch
        >>> layer = MarketingAttention(dim=8)
        >>> found = layer.compute("long_sequence", *torch.randn(3, 5, 8))
        >>> tuple(found.output.shape)
        (5, 8)
    """

    def __init__(
        self, dim: int = 256, *, options: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        super().__init__()
        self.dim = dim
        self.options = {name: dict(given) for name, given in (options or {}).items()}
        for name in self.options:
            mechanism, given = self._choice(name)
            _check_keywords(name, mechanism, given, what="option", skip=1)
        self.mechanisms = nn.ModuleDict()
        self.eval()

    def compute(
        self,
        use_case: str,
        query: Float[Tensor, "*batch n dq"] | None,
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        **arguments: Any,
    ) -> AttentionResult:
        """Answer with the mechanism of a use case.

        Args:
            use_case: One of :data:`USE_CASES`.
            query: Rows that look; ``None`` only where the mechanism has a query of its own.
            keys: Rows that are looked at.
            values: What is read from them.
            **arguments: Of the mechanism's ``forward``, such as ``keep`` or ``times``.

        Raises:
            ValueError: The use case is unknown, an argument is none of its mechanism or missing,
                or shapes and dtypes do not fit.
        """
        chosen, _ = self._choice(use_case)
        _check_keywords(use_case, chosen.forward, arguments, what="argument", skip=4)
        if query is None and chosen is not GraphRopeAttention:
            raise ValueError(f"query must be a tensor for {use_case!r}, got None")
        mechanism = self.mechanism(use_case, like=keys)
        result: AttentionResult = mechanism(query, keys, values, **arguments)
        return result

    def mechanism(self, use_case: str, *, like: Tensor | None = None) -> nn.Module:
        """Return the mechanism of a use case, built now if it was not before.

        Args:
            use_case: One of :data:`USE_CASES`.
            like: A new mechanism gets the device and floating dtype of this tensor.

        Raises:
            ValueError: The use case is unknown.
        """
        chosen, options = self._choice(use_case)
        if use_case not in self.mechanisms:
            built = chosen(self.dim, **options)
            if like is not None and like.is_floating_point():
                built = built.to(device=like.device, dtype=like.dtype)
            self.mechanisms[use_case] = built.train(self.training)
        return self.mechanisms[use_case]

    def _choice(self, use_case: str) -> tuple[type[nn.Module], dict[str, Any]]:
        """Return the class of a use case's mechanism and the settings it is built with."""
        if use_case not in USE_CASES:
            raise ValueError(f"use_case must be one of {', '.join(USE_CASES)}, got {use_case!r}")
        options = dict(self.options.get(use_case, {}))
        if use_case == "creative_scoring" and options.pop("elements", False):
            return ElementAttention, options
        return USE_CASES[use_case].mechanism, options

    def extra_repr(self) -> str:
        """Return the width, which the mechanisms show only once they are built."""
        return f"dim={self.dim}"


def _check_keywords(
    use_case: str, function: Callable[..., Any], given: Mapping[str, Any], *, what: str, skip: int
) -> None:
    """Refuse keywords that a function does not know, and the lack of those it needs.

    Args:
        use_case: For the message.
        function: That is to be called.
        given: Keywords to call it with.
        what: What they are, for the message.
        skip: Number of its first parameters, which are given otherwise.
    """
    known = list(inspect.signature(function).parameters.values())[skip:]
    names = [parameter.name for parameter in known]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(
            f"{what} of {use_case!r} must be one of {', '.join(names)}, got {', '.join(unknown)}"
        )
    missing = [p.name for p in known if p.default is p.empty and p.name not in given]
    if missing:
        raise ValueError(f"{what} {', '.join(missing)} must be given for {use_case!r}, got none")
