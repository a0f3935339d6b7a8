"""Colours, markers and the order of keys, common to all pictures of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.families import FAMILIES, family_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Attribution, ModelCredits

# Okabe and Ito's colours, which colour-blind readers can distinguish; the last four are tints.
PALETTE: Final = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8C6D1F",
    "#7F7F7F",
    "#7FB8D8",
    "#F2CF80",
    "#80CEB9",
    "#E5BCD3",
)
INK: Final = "#24292f"
GREY: Final = "#868E96"
OTHERS_COLOUR: Final = "#5F6871"
"""Of what has no colour of its own."""

SHAPES: Final = {
    "diamond": "M 0 -6 L 6 0 L 0 6 L -6 0 Z",
    "left": "M -5 0 L 4 -5 L 4 5 Z",
    "right": "M 5 0 L -4 -5 L -4 5 Z",
    "circle": "M -4 0 A 4 4 0 1 0 4 0 A 4 4 0 1 0 -4 0 Z",
    "square": "M -4 -4 H 4 V 4 H -4 Z",
    "up": "M 0 -5 L 5 4 L -5 4 Z",
    "hexagon": "M -5 0 L -2.5 -4.3 H 2.5 L 5 0 L 2.5 4.3 H -2.5 Z",
    "cross": "M -4 -4 L 4 4 M 4 -4 L -4 4",
}
"""Outlines of markers around their middle, in pixels, as SVG paths."""

_STYLES: Final = (
    ("#D55E00", "diamond"),
    ("#24292f", "diamond"),
    ("#0072B2", "left"),
    ("#0072B2", "right"),
    ("#56B4E9", "circle"),
    ("#56B4E9", "square"),
    ("#CC79A7", "square"),
    ("#E69F00", "up"),
    ("#009E73", "hexagon"),
)
STYLES: Final = dict(zip(FAMILIES, _STYLES, strict=True))
"""Colour and shape of each family of models."""

OTHER_STYLE: Final = ("#24292f", "cross")

MAX_FILLINGS: Final = 4
OTHER_SHAPE: Final = "right"
"""Variants of a family that differ in the filling; further ones have another shape."""

MAX_LABEL: Final = 28


@dataclass(frozen=True, slots=True)
class Marker:
    """How a model is marked in a figure.

    Attributes:
        shape: a key of ``SHAPES``.
        colour: of its line, and of its inside unless it is hollow.
        hollow: whether its inside is white.
        dot: whether a point is in its middle, to tell variants of a family apart.
    """

    shape: str
    colour: str
    hollow: bool = False
    dot: bool = False

    @property
    def path(self) -> str:
        """Its outline."""
        return SHAPES[self.shape]


def without_middle(key: str, longest: int = MAX_LABEL) -> str:
    """A key of limited length, unescaped."""
    end = longest // 2
    return key if len(key) <= longest else f"{key[: longest - end - 1]}…{key[-end:]}"


def far_off(models: Sequence[ModelCredits]) -> tuple[str, ...]:
    """Names of models whose largest credit exceeds three times the median of the models.

    In a common scale, the other models could not be distinguished.
    """
    largest = [max((abs(c.conversions) for c in m.credits), default=0.0) for m in models]
    median = float(np.median(largest)) if largest else 0.0
    return tuple(
        model.model for model, most in zip(models, largest, strict=True) if most > 3 * median > 0
    )


def ranked_keys(attribution: Attribution) -> list[str | None]:
    """Keys by descending credit of the first incremental model, else by the mean of all models.

    Models that ``far_off`` returns are not part of the mean.
    """
    models = list(attribution.models.values())
    excluded = far_off(models)
    ranking = [model for model in models if model.incremental][:1] or [
        model for model in models if model.model not in excluded
    ]
    total: dict[str | None, float] = {
        credit.key: 0.0 for model in models for credit in model.credits
    }
    for model in ranking:
        for credit in model.credits:
            total[credit.key] += credit.conversions
    return sorted(total, key=lambda key: (-total[key], key or ""))


def markers_of(models: Sequence[ModelCredits]) -> list[Marker]:
    """The marker of each model: one colour and shape per family, filled differently by variant."""
    counts: dict[str, int] = {}
    markers = []
    for model in models:
        family = family_of(model.model)
        colour, shape = STYLES.get(family, OTHER_STYLE)
        variant = counts[family] = counts.get(family, -1) + 1
        shape = shape if variant < MAX_FILLINGS else OTHER_SHAPE
        markers.append(Marker(shape, colour, hollow=variant % 2 == 1, dot=variant % 4 >= 2))
    return markers


def colour_of(key: str | None, keys: Sequence[str | None]) -> str:
    """The colour of a key, the same in every figure of the page."""
    return PALETTE[list(keys).index(key) % len(PALETTE)] if key in keys else OTHERS_COLOUR


def share_of_largest(model: ModelCredits) -> dict[str | None, float]:
    """Credit of each key relative to the model's largest credit, in [0, 1], to shade a table."""
    most = max((abs(credit.conversions) for credit in model.credits), default=0.0)
    return {credit.key: abs(credit.conversions) / most if most else 0.0 for credit in model.credits}
