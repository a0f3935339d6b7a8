"""Types of options that are numbers within limits: NaN and infinity are not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from click.types import FloatParamType

if TYPE_CHECKING:
    from collections.abc import Callable

    import click


class Number(FloatParamType):
    """A finite number that meets a condition.

    Args:
        meaning: what is allowed, as in "must be a number of at least 0".
        is_allowed: whether a finite number is.
    """

    def __init__(self, meaning: str, is_allowed: Callable[[float], bool]) -> None:
        self.meaning = meaning
        self.is_allowed = is_allowed

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; a wrong one is an error of usage."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and self.is_allowed(number)):
            self.fail(f"it must be {self.meaning}, got {value}", param, ctx)
        return number


AMOUNT: Final = Number("a number of at least 0", lambda number: number >= 0)
FACTOR: Final = Number("a number above 0", lambda number: number > 0)
SHARE_BELOW_1: Final = Number("a share of at least 0 and below 1", lambda share: 0 <= share < 1)
POSITIVE_COSINE: Final = Number("a cosine above 0 and at most 1", lambda cosine: 0 < cosine <= 1)
SHARE: Final = Number("a share between 0 and 1", lambda share: 0 <= share <= 1)
