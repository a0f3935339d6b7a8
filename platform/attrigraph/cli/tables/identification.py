"""Why credit is not identified, as sentences: one per reason, which holds for one or more keys."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrigraph.domain.reasons import shared_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attrigraph.domain import ModelCredits


def reason_sentences(
    model: ModelCredits,
    keys: Iterable[str | None],
    labels: Mapping[str | None, str] = MappingProxyType({}),
) -> Iterator[str]:
    """One sentence per reason of a model's credits that are not identified.

    Args:
        model: what it credits.
        keys: the keys to explain.
        labels: what to call them, where they are not called by themselves.
    """
    shown = set(keys)
    reasons = {
        labels.get(credit.key, credit.key): credit.reasons
        for credit in model.credits
        if credit.identified is False and credit.key in shown
    }
    for text in shared_sentences(reasons):
        yield f"{model.model}, not identified: {text}"
