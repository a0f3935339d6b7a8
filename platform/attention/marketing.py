"""One object for all use cases: which mechanism answers which question, built when first asked."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attention.mechanisms.cross import CrossAttention
from attention.mechanisms.elements import ElementAttention, ElementScores
from attention.mechanisms.experts import ExpertAttention
from attention.mechanisms.flash import FlashAttention
from attention.mechanisms.graph_rope import GraphRopeAttention
from attention.mechanisms.hyperbolic import HyperbolicAttention
from attention.mechanisms.linear import LinearAttention
from attention.mechanisms.multi_head import MultiHeadAttention
from attention.mechanisms.result import AttentionResult
from attention.mechanisms.topology import TopologyGatedAttention


@dataclass(frozen=True)
class UseCase:
    """A question and the mechanism that answers it.

    Attributes:
        question: What is asked.
        mechanism: Which answers.
        when_given: Mechanisms that answer instead when an argument is given, by its name.
    """

    question: str
    mechanism: type[nn.Module]
    when_given: Mapping[str, type[nn.Module]] = field(default_factory=dict)


USE_CASES: Mapping[str, UseCase] = MappingProxyType(
    {
        "creative_scoring": UseCase(
            "Which parts of a creative go together, and what does each add?",
            MultiHeadAttention,
            {"kinds": ElementAttention},
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

    ``creative_scoring`` has two: with ``kinds``, which say what the hook, the promise and the frame
    are, :class:`ElementAttention` returns the logit of the response, and
    :meth:`element_scores` what each element adds to it; without, rows of no kind are related by
    plain multi-head attention. They are two modules with parameters of their own.

    Args:
        dim: Width of queries, and of keys and values but for ``cross_platform``, whose keys have
            384 unless its options say otherwise.
        options: Further settings of a use case's mechanism, by use case. Those of
            ``creative_scoring`` go to whichever of its two mechanisms knows them;
            ``elements=True`` takes the one for elements alone, ``False`` the plain one.

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
            _check_keywords(name, self._forms(name), self._settings(name), what="option", skip=1)
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
            **arguments: Of the mechanism's ``forward``, such as ``mask`` or ``times``.

        Raises:
            ValueError: The use case is unknown, an argument is none of its mechanism or missing,
                or shapes and dtypes do not fit.
        """
        chosen = self._form(use_case, arguments)
        _check_keywords(use_case, [chosen.forward], arguments, what="argument", skip=4)
        if query is None and chosen is not GraphRopeAttention:
            raise ValueError(f"query must be a tensor for {use_case!r}, got None")
        mechanism = self.mechanism(use_case, like=keys, given=arguments)
        result: AttentionResult = mechanism(query, keys, values, **arguments)
        return result

    def element_scores(
        self,
        query: Float[Tensor, "*batch n dq"],
        elements: Float[Tensor, "*batch m dk"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return what hook, promise and frame each add to the logit of ``creative_scoring``.

        Exact Shapley scores; see :meth:`ElementAttention.shapley_scores`.

        Args:
            query: Creatives.
            elements: Their elements.
            kinds: Number of each element's kind in :data:`KINDS`, or -1.
            mask: Which elements are there.

        Raises:
            ValueError: Shapes, dtypes or kinds do not fit, or ``elements=False`` was set.
        """
        mechanism = self.mechanism("creative_scoring", like=elements, given=["kinds"])
        if not isinstance(mechanism, ElementAttention):
            raise ValueError(
                "options of 'creative_scoring' must leave out elements=False for element scores, "
                f"got {self.options['creative_scoring']}"
            )
        return mechanism.shapley_scores(query, elements, kinds=kinds, mask=mask)

    def mechanism(
        self, use_case: str, *, like: Tensor | None = None, given: Collection[str] = ()
    ) -> nn.Module:
        """Return the mechanism of a use case, built now if it was not before.

        Args:
            use_case: One of :data:`USE_CASES`.
            like: A new mechanism gets the device and floating dtype of this tensor.
            given: Names of arguments that its calls will give: ``["kinds"]`` is for that of
                ``creative_scoring`` with elements.

        Raises:
            ValueError: The use case is unknown.
        """
        chosen = self._form(use_case, given)
        name = use_case if chosen is USE_CASES[use_case].mechanism else _name_of(use_case, chosen)
        if name not in self.mechanisms:
            known = inspect.signature(chosen).parameters
            settings = self._settings(use_case)
            built = chosen(self.dim, **{key: settings[key] for key in settings if key in known})
            if like is not None and like.is_floating_point():
                built = built.to(device=like.device, dtype=like.dtype)
            self.mechanisms[name] = built.train(self.training)
        return self.mechanisms[name]

    def _form(self, use_case: str, given: Collection[str]) -> type[nn.Module]:
        """Return the class that answers calls with these arguments."""
        forms = self._forms(use_case)
        if len(forms) == 1:
            return forms[0]
        instead = USE_CASES[use_case].when_given
        return next((instead[name] for name in given if name in instead), forms[0])

    def _forms(self, use_case: str) -> list[type[nn.Module]]:
        """Return the classes that answer a use case under its options."""
        if use_case not in USE_CASES:
            raise ValueError(f"use_case must be one of {', '.join(USE_CASES)}, got {use_case!r}")
        case = USE_CASES[use_case]
        forms = [case.mechanism, *case.when_given.values()]
        elements = self.options.get(use_case, {}).get("elements") if len(forms) > 1 else None
        if elements is None:
            return forms
        return [form for form in forms if (form is ElementAttention) == elements]

    def _settings(self, use_case: str) -> dict[str, Any]:
        """Return the settings that the mechanisms of a use case are built with."""
        settings = dict(self.options.get(use_case, {}))
        if USE_CASES[use_case].when_given:
            settings.pop("elements", None)
        return settings

    def extra_repr(self) -> str:
        """Return the width, which the mechanisms show only once they are built."""
        return f"dim={self.dim}"


def _name_of(use_case: str, form: type[nn.Module]) -> str:
    """Return the name of the submodule for a mechanism that is not the first of its use case."""
    return f"{use_case}_{form.__name__.removesuffix('Attention').lower()}"


def _check_keywords(
    use_case: str,
    functions: Sequence[Callable[..., Any]],
    given: Mapping[str, Any],
    *,
    what: str,
    skip: int,
) -> None:
    """Refuse keywords that no function knows, and the lack of those that all of them need.

    Args:
        use_case: For the message.
        functions: Of which one is to be called.
        given: Keywords to call it with.
        what: What they are, for the message.
        skip: Number of its first parameters, which are given otherwise.
    """
    known = [list(inspect.signature(each).parameters.values())[skip:] for each in functions]
    names = list(dict.fromkeys(p.name for parameters in known for p in parameters))
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(
            f"{what} of {use_case!r} must be one of {', '.join(names)}, got {', '.join(unknown)}"
        )
    missing = [
        p.name
        for p in known[0]
        if p.default is p.empty and p.name not in given and len(functions) == 1
    ]
    if missing:
        raise ValueError(f"{what} {', '.join(missing)} must be given for {use_case!r}, got none")
