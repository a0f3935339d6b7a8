"""The mechanisms of all use cases in one module, each built when it is first used.

Every use case has a typed method of :class:`MarketingAttention`. :meth:`MarketingAttention.compute`
calls the same methods by the names in :data:`USE_CASES`.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attention.mechanisms.cross import CrossAttention
from attention.mechanisms.elements import ElementAttention, ElementScores
from attention.mechanisms.experts import ExpertAttention, Routing
from attention.mechanisms.flash import Bias, FlashAttention
from attention.mechanisms.graph_rope import GraphRopeAttention
from attention.mechanisms.hyperbolic import HyperbolicAttention
from attention.mechanisms.linear import LinearAttention
from attention.mechanisms.multi_head import MultiHeadAttention
from attention.mechanisms.result import AttentionResult
from attention.mechanisms.topology import TopologyGatedAttention

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class UseCase:
    """A question, the mechanism that answers it, and the method that calls the mechanism.

    Attributes:
        question: The question.
        mechanism: Class of the mechanism.
        method: Name of the method of :class:`MarketingAttention`.
    """

    question: str
    mechanism: type[nn.Module]
    method: str


CREATIVES: Final = "creative_scoring"

USE_CASES: Mapping[str, UseCase] = MappingProxyType(
    {
        CREATIVES: UseCase(
            "Which parts of a creative go together, and what does each add?",
            MultiHeadAttention,
            "relate_creatives",
        ),
        "audience_hierarchy": UseCase(
            "What do related segments predict for a small segment?",
            HyperbolicAttention,
            "pool_audiences",
        ),
        "long_sequence": UseCase(
            "What happens in a long sequence of frames or cards?", FlashAttention, "read_sequence"
        ),
        "attribution": UseCase(
            "How likely does this journey convert?", GraphRopeAttention, "encode_journeys"
        ),
        "cross_platform": UseCase(
            "What do campaigns on other platforms predict for one without data?",
            CrossAttention,
            "transfer_across_platforms",
        ),
        "expert_routing": UseCase(
            "Which platform's model fits this row best?", ExpertAttention, "route_to_experts"
        ),
        "health_monitoring": UseCase(
            "May budgets and bids still change automatically?",
            TopologyGatedAttention,
            "monitor_health",
        ),
        "realtime_bidding": UseCase(
            "What has this stream of bid requests been like?",
            LinearAttention,
            "summarise_bid_stream",
        ),
    }
)
"""The use cases by name."""

BY_ELEMENT: Final = UseCase(
    "What does each element add to the response of a creative?", ElementAttention, "score_creatives"
)
"""The second form of ``creative_scoring``, for elements with kinds."""


class MarketingAttention(nn.Module):
    """The mechanisms of all use cases, each built when it is first used.

    It starts in evaluation mode, so that equal calls have equal results; ``train()`` enables
    dropout. Built mechanisms are submodules: their parameters are in ``parameters()`` and
    ``state_dict()``. Build those to train or load beforehand with :meth:`mechanism`.

    ``creative_scoring`` has two mechanisms with separate parameters. :meth:`score_creatives` takes
    the kinds of the elements (hook, promise, frame) and returns the logit of the response;
    :meth:`element_scores` splits that logit. :meth:`relate_creatives` is plain multi-head attention
    between rows without kinds.

    Args:
        dim: Width of queries, and of keys and values except for ``cross_platform``, whose keys have
            384 unless its options set another width.
        options: Settings of the mechanisms, by use case. Those of ``creative_scoring`` go to both
            of its mechanisms; ``elements=True`` or ``False`` fixes the one that :meth:`compute`
            uses, which otherwise depends on ``kinds``.

    Raises:
        ValueError: A use case or an option is unknown.

    Example:
        >>> import torch
        >>> layer = MarketingAttention(dim=8)
        >>> frames = torch.randn(5, 8)
        >>> result = layer.read_sequence(frames, frames, frames)
        >>> tuple(result.output.shape)
        (5, 8)
        >>> same = layer.compute("long_sequence", frames, frames, frames)
        >>> bool((same.output == result.output).all())
        True
    """

    def __init__(
        self, dim: int = 256, *, options: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        super().__init__()
        self.dim = dim
        self.options = {name: dict(settings) for name, settings in (options or {}).items()}
        for name in self.options:
            self._check_options(name)
        self.mechanisms = nn.ModuleDict()
        self.eval()

    def relate_creatives(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        need_weights: bool = True,
    ) -> AttentionResult:
        """Attend from creatives to their parts; see :class:`MultiHeadAttention`."""
        layer = self._built(MultiHeadAttention, CREATIVES, keys)
        result: AttentionResult = layer(query, keys, values, mask=mask, need_weights=need_weights)
        return result

    def score_creatives(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return the logit of each creative's response; see :class:`ElementAttention`."""
        layer = self._elements(keys)
        result: AttentionResult = layer(query, keys, values, kinds=kinds, mask=mask)
        return result

    def element_scores(
        self,
        query: Float[Tensor, "*batch n dq"],
        elements: Float[Tensor, "*batch m dk"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return the exact Shapley score of hook, promise and frame in :meth:`score_creatives`.

        See :meth:`ElementAttention.shapley_scores`.

        Args:
            query: Creatives.
            elements: Their elements.
            kinds: Number of each element's kind in :data:`KINDS`, or -1.
            mask: Which elements are present.

        Raises:
            ValueError: Shapes, dtypes or kinds do not match.
        """
        return self._elements(elements).shapley_scores(query, elements, kinds=kinds, mask=mask)

    def pool_audiences(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Average over related segments of a tree; see :class:`HyperbolicAttention`."""
        layer = self._built(HyperbolicAttention, "audience_hierarchy", keys)
        result: AttentionResult = layer(query, keys, values, mask=mask)
        return result

    def read_sequence(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        bias: Bias | None = None,
        need_lse: bool = False,
    ) -> AttentionResult:
        """Attend over a long sequence in linear memory; see :class:`FlashAttention`."""
        layer = self._built(FlashAttention, "long_sequence", keys)
        result: AttentionResult = layer(
            query, keys, values, mask=mask, bias=bias, need_lse=need_lse
        )
        return result

    def encode_journeys(
        self,
        query: Float[Tensor, "*batch n dq"] | None,
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        times: Float[Tensor, "... m"],
        query_times: Float[Tensor, "... n"] | None = None,
        order: Int[Tensor, "... m"] | None = None,
        query_order: Int[Tensor, "... n"] | None = None,
        depth: Int[Tensor, "... m"] | None = None,
        query_depth: Int[Tensor, "... n"] | None = None,
        hops: Int[Tensor, "... n m"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Attend over the touches of a journey; see :class:`GraphRopeAttention`."""
        layer = self._built(GraphRopeAttention, "attribution", keys)
        result: AttentionResult = layer(
            query,
            keys,
            values,
            times=times,
            query_times=query_times,
            order=order,
            query_order=query_order,
            depth=depth,
            query_depth=query_depth,
            hops=hops,
            mask=mask,
        )
        return result

    def transfer_across_platforms(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        need_weights: bool = True,
    ) -> AttentionResult:
        """Average results of campaigns on other platforms; see :class:`CrossAttention`."""
        layer = self._built(CrossAttention, "cross_platform", keys)
        result: AttentionResult = layer(query, keys, values, mask=mask, need_weights=need_weights)
        return result

    def route_to_experts(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        routing: Routing | None = None,
        need_weights: bool = False,
    ) -> AttentionResult:
        """Attend with the experts that fit each row best; see :class:`ExpertAttention`."""
        layer = self._built(ExpertAttention, "expert_routing", keys)
        result: AttentionResult = layer(
            query, keys, values, mask=mask, routing=routing, need_weights=need_weights
        )
        return result

    def monitor_health(
        self,
        query: Float[Tensor, "n dq"],
        keys: Float[Tensor, "m dk"],
        values: Float[Tensor, "m dv"],
        *,
        ids: Int[Tensor, " m"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
        stale: bool = False,
    ) -> AttentionResult:
        """Attend behind a gate that watches the keys; see :class:`TopologyGatedAttention`."""
        layer = self._built(TopologyGatedAttention, "health_monitoring", keys)
        result: AttentionResult = layer(query, keys, values, ids=ids, mask=mask, stale=stale)
        return result

    def summarise_bid_stream(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        need_weights: bool = False,
    ) -> AttentionResult:
        """Attend over bid requests at linear cost; see :class:`LinearAttention`."""
        layer = self._built(LinearAttention, "realtime_bidding", keys)
        result: AttentionResult = layer(query, keys, values, mask=mask, need_weights=need_weights)
        return result

    def compute(
        self,
        use_case: str,
        query: Float[Tensor, "*batch n dq"] | None,
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        **arguments: Any,
    ) -> AttentionResult:
        """Call the method of a use case by name.

        Args:
            use_case: One of :data:`USE_CASES`.
            query: Queries; ``None`` only for ``attribution``, whose mechanism has its own query.
            keys: Keys.
            values: Values.
            **arguments: Keyword arguments of the method, such as ``mask`` or ``times``.

        Raises:
            ValueError: The use case or an argument is unknown, an argument is missing, or shapes
                and dtypes do not match.
        """
        case = self._case(use_case, by_element="kinds" in arguments)
        method: Callable[..., AttentionResult] = getattr(self, case.method)
        parameters = _keywords(method)
        _check_names("argument", use_case, parameters, arguments)
        missing = [n for n, p in parameters.items() if p.default is p.empty and n not in arguments]
        if missing:
            raise ValueError(
                f"argument {', '.join(missing)} must be given for {use_case!r}, got none"
            )
        if query is None and case.mechanism is not GraphRopeAttention:
            raise ValueError(f"query must be a tensor for {use_case!r}, got None")
        return method(query, keys, values, **arguments)

    def mechanism(
        self, use_case: str, *, like: Tensor | None = None, by_element: bool = False
    ) -> nn.Module:
        """Return the mechanism of a use case, and build it if necessary.

        Args:
            use_case: One of :data:`USE_CASES`.
            like: A new mechanism takes the device and floating dtype of this tensor.
            by_element: Take the one of :meth:`score_creatives` for ``creative_scoring``.

        Raises:
            ValueError: The use case is unknown.
        """
        case = self._case(use_case, by_element=by_element)
        if case is BY_ELEMENT:
            return self._elements(like)
        return self._built(case.mechanism, use_case, like)

    def _elements(self, like: Tensor | None) -> ElementAttention:
        return self._built(ElementAttention, f"{CREATIVES}_element", like)

    def _built(self, kind: type[M], name: str, like: Tensor | None) -> M:
        """Return the submodule of this name, built now if it does not exist."""
        if name not in self.mechanisms:
            settings = self.options.get(name.removesuffix("_element"), {})
            names = _keywords(kind)
            built = kind(self.dim, **{key: settings[key] for key in settings if key in names})
            if like is not None and like.is_floating_point():
                built = built.to(device=like.device, dtype=like.dtype)
            self.mechanisms[name] = built.train(self.training)
        module = self.mechanisms[name]
        assert isinstance(module, kind)
        return module

    def _case(self, use_case: str, *, by_element: bool) -> UseCase:
        """Return the use case of a name, in the form that the options and ``kinds`` select."""
        if use_case not in USE_CASES:
            raise ValueError(f"use_case must be one of {', '.join(USE_CASES)}, got {use_case!r}")
        if use_case != CREATIVES:
            return USE_CASES[use_case]
        elements = self.options.get(CREATIVES, {}).get("elements", by_element)
        return BY_ELEMENT if elements else USE_CASES[CREATIVES]

    def _check_options(self, use_case: str) -> None:
        """Raise ``ValueError`` for options that no mechanism of a use case knows."""
        settings = self.options[use_case]
        cases = [self._case(use_case, by_element=form) for form in (False, True)]
        allowed = [name for case in cases for name in _keywords(case.mechanism)]
        options = [name for name in settings if (use_case, name) != (CREATIVES, "elements")]
        _check_names("option", use_case, allowed, options)

    def extra_repr(self) -> str:
        """Return the width, which mechanisms show only after they are built."""
        return f"dim={self.dim}"


def _keywords(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters after ``dim``, or after query, keys and values."""
    parameters = inspect.signature(function).parameters
    positional = ("dim", "query_dim", "query", "keys", "values")
    return {name: p for name, p in parameters.items() if name not in positional}


def _check_names(
    what: str, use_case: str, allowed: Collection[str], names: Collection[str]
) -> None:
    """Raise ``ValueError`` for names that are not allowed."""
    unknown = [name for name in names if name not in allowed]
    if unknown:
        listed = ", ".join(dict.fromkeys(allowed))
        raise ValueError(
            f"{what} of {use_case!r} must be one of {listed}, got {', '.join(unknown)}"
        )
