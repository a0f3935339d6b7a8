"""Credits, captured parts and the baseline must add up to what was observed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from attrigraph.errors import ConservationError

if TYPE_CHECKING:
    from attrigraph.domain import ModelCredits, Observed

TOLERANCE: Final = 1e-9


def check(answer: ModelCredits, observed: Observed) -> None:
    """Check that a model's credits conserve conversions and value, to ``TOLERANCE`` of them.

    Where a credit is larger than all that was observed, as negative credits allow, the tolerance
    is of the sum of absolute credits.

    Raises:
        ConservationError: they do not, or a credit is not a number.
    """
    for name in ("conversions", "value"):
        lines = (*answer.credits, answer.captured, answer.baseline)
        parts = [getattr(line, name) for line in lines]
        expected = getattr(observed, name)
        total = math.fsum(parts)
        slack = TOLERANCE * max(abs(expected), math.fsum(abs(part) for part in parts))
        if not abs(total - expected) <= slack:
            message = (
                f"{answer.model} credits {total!r} {name}, captured parts and baseline included, "
                f"where {expected!r} were observed; nothing was written"
            )
            raise ConservationError(message)
