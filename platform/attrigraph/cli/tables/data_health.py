"""Data health as sentences: one per line, warnings first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attrigraph.domain import Attribution, HealthLine


def health_of_kinds(answers: Sequence[Attribution]) -> Iterator[str]:
    """The sentences of all kinds of conversions; what is not of every kind names its kinds."""
    kinds: dict[HealthLine, list[str | None]] = {}
    for answer in answers:
        for line in answer.data_health or ():
            kinds.setdefault(line, []).append(answer.kind)
    for line, own in kinds.items():
        [sentence] = health_sentences([line])
        of_all = len(own) == len(answers)
        yield sentence if of_all else f"{sentence} (kind {', '.join(map(str, own))})"


def health_sentences(lines: Iterable[HealthLine]) -> Iterator[str]:
    """The figure of each line and what to do about it."""
    for line in lines:
        yield f"data health, {line.severity}: {line.sentence()}"
