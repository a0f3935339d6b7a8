"""Data health as sentences: one per line, warnings first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attrigraph.domain import HealthLine


def health_sentences(lines: Iterable[HealthLine]) -> Iterator[str]:
    """The figure of each line and what to do about it."""
    for line in lines:
        yield f"data health, {line.severity}: {line.sentence()}"
