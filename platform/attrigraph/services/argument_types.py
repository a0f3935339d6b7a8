"""Types of the arguments of attribution from Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

from attrigraph.domain import Experiment
from attrigraph.domain.argument_types import ArgumentType
from attrigraph.spend.rates import Rates
from attrigraph.staging.frames import is_frame

_NAMES: Final = ArgumentType("a list of texts", Collection, items=str)
_NAMES_OR_NONE: Final = ArgumentType("a list of texts", Collection, optional=True, items=str)
_NUMBER: Final = ArgumentType("a number", Real)
_WHOLE: Final = ArgumentType("a whole number", Integral)

ARGUMENT_TYPES: Final[dict[str, ArgumentType]] = {
    "window": ArgumentType(
        "a pair of datetimes, start and end", (tuple, list), optional=True, items=datetime
    ),
    "models": _NAMES_OR_NONE,
    "lookback_days": ArgumentType("a number, 'auto'", Real, optional=True, words=("auto",)),
    "conversion_kinds": _NAMES,
    "lookbacks": ArgumentType("a dictionary of days", Mapping, optional=True),
    "steps": ArgumentType("a whole number", Integral, optional=True),
    "only": _NAMES,
    "exclude": _NAMES,
    "half_life_days": _NUMBER,
    "direct_channels": _NAMES_OR_NONE,
    "position_weights": ArgumentType("three numbers", (tuple, list), optional=True, items=Real),
    "not_marketing": _NAMES_OR_NONE,
    "draws": _WHOLE,
    "seed": _WHOLE,
    "experiments": ArgumentType(
        "a pathlib.Path or a list of Experiment", (list, tuple), optional=True, items=Experiment
    ),
    "currency": ArgumentType("text", str, optional=True),
    "rates": ArgumentType("a pathlib.Path or Rates", (Path, Rates), optional=True),
}
"""What each argument may be, by name; frames and spend are checked apart."""

_SPEND: Final = ArgumentType("a frame, a pathlib.Path or a list of them", Collection, items=Path)
_FRAME: Final = ArgumentType("a pandas or polars frame or an Arrow table", (), optional=True)


def check_arguments(values: Mapping[str, Any]) -> None:
    """Check that arguments of attribution are of their types, as far as they are given.

    Raises:
        InputError: one is not; the message names it.
    """
    for name, value in values.items():
        expected = _expected(name, value)
        if expected is not None and not expected.allows(value):
            raise expected.error(name, value)


def _expected(name: str, value: Any) -> ArgumentType | None:
    """What an argument must be; None where any value will do."""
    if name in ("spend", "experiments") and isinstance(value, Path):
        return None
    if name == "spend":
        return None if value is None or is_frame(value) else _SPEND
    if name == "customers":
        return None if is_frame(value) else _FRAME
    return ARGUMENT_TYPES.get(name)
