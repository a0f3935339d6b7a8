"""How long-running work reports its progress; messages for people go to ``logging``."""

from __future__ import annotations

from typing import Literal, Protocol

Step = Literal["read", "fit", "write", "import", "check"]


class Progress(Protocol):
    """Called as work proceeds, in the thread that called the service."""

    def __call__(self, step: Step, done: int, total: int | None) -> None:
        """Report one step.

        Args:
            step: what is being done.
            done: rows, events or models done so far in this step.
            total: how many there are; None where that is not known.
        """


def ignore(step: Step, done: int, total: int | None) -> None:
    """Drop progress reports."""
    del step, done, total
