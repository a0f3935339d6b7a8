"""Why credit is not identified, as sentences: one per reason, which holds for one or more keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.domain import UNKNOWN
from attrigraph.domain.reasons import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attrigraph.domain import ModelCredits


def reason_sentences(model: ModelCredits, keys: Iterable[str | None]) -> Iterator[str]:
    """One sentence per reason of a model's credits that are not identified.

    Args:
        model: what it credits.
        keys: the keys to explain.
    """
    shown = set(keys)
    by_reason: dict[str, list[str | None]] = {}
    for credit in model.credits:
        if credit.identified is False and credit.key in shown:
            for reason in credit.reasons or ("",):
                by_reason.setdefault(reason, []).append(credit.key)
    for reason, (first, *others) in by_reason.items():
        means = sentence(reason, first) if reason else f"{_name(first)} is not identified"
        same = f" (the same holds for {_joined(others)})" if others else ""
        yield f"{model.model}, not identified: {means}{same}"


def _joined(keys: list[str | None]) -> str:
    *first, last = map(_name, keys)
    return f"{', '.join(first)} and {last}" if first else last


def _name(key: str | None) -> str:
    return UNKNOWN if key is None else key
