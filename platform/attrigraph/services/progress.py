"""How a load tells how far it is."""

from __future__ import annotations

from typing import Literal, Protocol

Step = Literal["read", "write", "import"]


class Progress(Protocol):
    """Hears how a load goes."""

    def __call__(self, step: Step, done: int, total: int | None) -> None:
        """Told the step, the touches and conversions done, and how many there are if known."""


def silent(step: Step, done: int, total: int | None) -> None:
    """The progress of a load that nobody looks at."""
    del step, done, total
