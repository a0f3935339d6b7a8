"""Types of the options of reading files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Final

from attrigraph.domain.argument_types import ArgumentType
from attrigraph.spend.rates import Rates
from attrigraph.staging.channels import ChannelRules

_TEXT: Final = ArgumentType("text", str, optional=True)
_FLAG: Final = ArgumentType("True or False", bool)
_CHOICE: Final = ArgumentType("True, False", bool, optional=True)
_NUMBER: Final = ArgumentType("a number", Real)
_NAMES: Final = ArgumentType("a dictionary of texts", Mapping, items=str)

OPTION_TYPES: Final[dict[str, ArgumentType]] = {
    "currency": _TEXT,
    "rates": ArgumentType("Rates (see read_rates)", Rates, optional=True),
    "zone": _TEXT,
    "time_unit": _TEXT,
    "start": ArgumentType("a datetime with a time zone", datetime, optional=True),
    "header": ArgumentType("a pathlib.Path", Path, optional=True),
    "separator": _TEXT,
    "conversion_touches": _FLAG,
    "sessions": _CHOICE,
    "session_gap": _NUMBER,
    "session_split": _FLAG,
    "session_touches": ArgumentType("text", str),
    "channel_rules": ArgumentType("ChannelRules (see rules_of)", ChannelRules, optional=True),
    "own_domains": ArgumentType("a tuple of texts", tuple, items=str),
    "payment_referrals": _CHOICE,
    "max_ids": ArgumentType("a whole number", Integral),
    "event_properties": _FLAG,
    "keep_ids": _FLAG,
    "customer_key": ArgumentType("bytes", bytes, optional=True, secret=True),
    "stored_links": ArgumentType("a function", Callable, optional=True),
    "erased": ArgumentType(
        "a dictionary of whole numbers by text", Mapping, items=str, values=Integral
    ),
    "creative_campaigns": _NAMES,
    "creative_ad_sets": _NAMES,
    "ad_set_campaigns": _NAMES,
    "campaign_accounts": _NAMES,
    "parents": _NAMES,
    "max_rejected": _NUMBER,
    "memory": ArgumentType("text", str),
    "threads": ArgumentType("a whole number", Integral, optional=True),
}
"""What each option may be, by name."""
