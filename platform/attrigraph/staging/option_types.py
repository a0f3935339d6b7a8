"""Types of the options of reading files, which Python does not check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError
from attrigraph.spend.rates import Rates
from attrigraph.staging.channels import ChannelRules

if TYPE_CHECKING:
    from attrigraph.staging.options import StagingOptions


@dataclass(frozen=True, slots=True)
class OptionType:
    """What an option may be.

    Attributes:
        meaning: what it must be, for messages.
        kind: type of its values, or several.
        optional: whether it may be None.
        items: type of what it holds, where it is a collection.
    """

    meaning: str
    kind: Any
    optional: bool = False
    items: type = object

    def allows(self, value: Any) -> bool:
        """Whether a value is of this type."""
        if value is None:
            return self.optional
        if isinstance(value, bool) and self.kind is not bool:  # which Python counts as a number
            return False
        return isinstance(value, self.kind) and all(
            isinstance(item, self.items) for item in _items(value)
        )


def _items(value: Any) -> list[Any]:
    """What a collection holds, keys and values of a mapping."""
    if isinstance(value, Mapping):
        return [*value, *value.values()]
    return list(value) if isinstance(value, tuple) else []


_TEXT: Final = OptionType("text", str, optional=True)
_FLAG: Final = OptionType("True or False", bool)
_CHOICE: Final = OptionType("True, False or None", bool, optional=True)
_NUMBER: Final = OptionType("a number", Real)
_NAMES: Final = OptionType("a dictionary of texts", Mapping, items=str)

OPTION_TYPES: Final[dict[str, OptionType]] = {
    "currency": _TEXT,
    "rates": OptionType("Rates (see read_rates)", Rates, optional=True),
    "zone": _TEXT,
    "time_unit": _TEXT,
    "start": OptionType("a datetime with a time zone", datetime, optional=True),
    "header": OptionType("a pathlib.Path", Path, optional=True),
    "separator": _TEXT,
    "conversion_touches": _FLAG,
    "sessions": _CHOICE,
    "session_gap": _NUMBER,
    "session_split": _FLAG,
    "session_touches": OptionType("text", str),
    "channel_rules": OptionType("ChannelRules (see rules_of)", ChannelRules, optional=True),
    "own_domains": OptionType("a tuple of texts", tuple, items=str),
    "payment_referrals": _CHOICE,
    "max_ids": OptionType("a whole number", Integral),
    "keep_ids": _FLAG,
    "customer_key": OptionType("bytes", bytes, optional=True),
    "stored_links": OptionType("a function", Callable, optional=True),
    "creative_campaigns": _NAMES,
    "parents": _NAMES,
    "max_rejected": _NUMBER,
    "memory": OptionType("text", str),
    "threads": OptionType("a whole number", Integral, optional=True),
}
"""What each option may be, by name."""


def check_types(options: StagingOptions) -> None:
    """Check that each option is of its type.

    Raises:
        InputError: one is not; the message names it.
    """
    for name, expected in OPTION_TYPES.items():
        value = getattr(options, name)
        if not expected.allows(value):
            none = " or None" if expected.optional and expected is not _CHOICE else ""
            raise InputError(f"{name} must be {expected.meaning}{none}, got {_shown(name, value)}")


def _shown(name: str, value: Any) -> str:
    """The value, unless it may be a secret or is long."""
    shown = repr(value)
    return type(value).__name__ if name == "customer_key" or len(shown) > 100 else shown
