"""Lookbacks as people write them: ``30``, ``30d``, ``impression=1d``, ``channel:display=7d``."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.attribution.observed.journeys import TouchLookback
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

AUTO: Final = "auto"
"""The general lookback that differs between journeys and causal models."""

CHANNEL: Final = "channel:"

Days = float | Literal["auto"] | None


def lookbacks_of(texts: Sequence[str], option: str) -> tuple[Days, tuple[TouchLookback, ...]]:
    """The general lookback, ``auto`` without one, and those of channels and kinds of touches.

    Args:
        texts: what the option was given, in any order.
        option: its name, for messages.

    Raises:
        InputError: a text of another form, or two for the same touches.
    """
    general: dict[str, Days] = {}
    own: dict[str, TouchLookback] = {}
    for text in texts:
        name, equals, days = text.rpartition("=")
        if name in (own if equals else general):
            raise InputError(f"{option} is given twice for {name or 'all touches'}; give it once")
        if equals:
            own[name] = _own(name, _days(days, text, option), text, option)
        else:
            general[name] = AUTO if days == AUTO else _days(days, text, option)
    return general.get("", AUTO), tuple(own[name] for name in sorted(own))


def _own(name: str, days: float | None, text: str, option: str) -> TouchLookback:
    is_channel = name.startswith(CHANNEL)
    named = name.removeprefix(CHANNEL)
    if not named:
        raise InputError(_expected(text, option))
    return TouchLookback("channel" if is_channel else "kind", named, days)


def _days(text: str, whole: str, option: str) -> float | None:
    if text == "none":
        return None
    try:
        days = float(text.removesuffix("d"))
    except ValueError:
        raise InputError(_expected(whole, option)) from None
    if not 0 < days < inf:
        raise InputError(_expected(whole, option))
    return days


def _expected(text: str, option: str) -> str:
    return (
        f"{option} must be a positive number of days, `none` or `auto`, or impression=1d for a "
        f"kind of touch or channel:display=7d for a channel; got {text!r}"
    )
