"""Lengths of time as people write them in a schedule: ``90s``, ``15m``, ``2h``, ``1d``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> timedelta:
    """The length of time of a text.

    Raises:
        ValueError: it is not a number above 0 and a unit.
    """
    found = re.fullmatch(r"([1-9]\d{0,5})\s*([smhd])", text.strip())
    if found is None:
        raise ValueError(f"expected a number and s, m, h or d, such as 15m, got {text!r}")
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])
