"""How long work tells how it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

Step = Literal["read", "write", "import"]

Say = Callable[[str], None]
"""Hears sentences on how work goes."""


class Progress(Protocol):
    """Hears how a load goes."""

    def __call__(self, step: Step, done: int, total: int | None) -> None:
        """Told the step, the touches and conversions done, and how many there are if known."""


def silent(step: Step, done: int, total: int | None) -> None:
    """The progress of a load that nobody looks at."""
    del step, done, total


def unheard(words: str) -> None:
    """Where nobody listens to sentences."""
    del words
