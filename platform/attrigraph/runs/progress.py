"""How long-running work reports its progress; messages for people go to ``logging``."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Step = Literal["read", "fit", "write", "import", "check", "embed"]


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


def counter(progress: Progress, step: Step, total: int | None) -> Callable[[], None]:
    """What to call after each part of a step, so that ``progress`` sees how many are done."""
    done = count(1)
    progress(step, 0, total)
    return lambda: progress(step, next(done), total)
