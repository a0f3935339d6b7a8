"""Numbers with their nouns, and several names, as a message has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ES_ENDINGS: Final = ("ch", "sh", "s", "x")
"""Ends of nouns whose plural has ``es``."""


def counted(number: float, noun: str) -> str:
    """A number with its noun: ``1 conversion``, ``1,200 touches``, ``0 rows``.

    Args:
        number: how many; shown without decimals.
        noun: in the singular; its plural is regular.
    """
    shown = f"{number:,.0f}"
    return f"{shown} {noun if shown == '1' else plural(noun)}"


def lasting(days: float) -> str:
    """A time in days, or below one in hours or minutes: ``7.0 days``, ``1.5 hours``.

    Args:
        days: at least 0.
    """
    hours = 24 * days
    if hours < 1:
        return counted(60 * hours, "minute")
    return f"{hours:.1f} hours" if days < 1 else f"{days:.1f} days"


def plural(noun: str) -> str:
    """The regular plural of a noun; that of ``journey`` is ``journeys``."""
    return noun + ("es" if noun.endswith(ES_ENDINGS) else "s")


def enumerated(names: Sequence[str]) -> str:
    """Names in a sentence, at least one: ``a``, ``a and b``, ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
