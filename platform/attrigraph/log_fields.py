"""Fields that every line of a structured log has while a command works: command, run and window."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS: Final[ContextVar[Mapping[str, str] | None]] = ContextVar("log_fields", default=None)


def log_fields() -> dict[str, str]:
    """The fields of this command, by name."""
    return dict(_FIELDS.get() or {})


def add_log_fields(**fields: str | None) -> None:
    """Add fields, which stay until the command ends, so that its error has them; None adds none."""
    known = {name: value for name, value in fields.items() if value is not None}
    _FIELDS.set(log_fields() | known)


def clear_log_fields() -> None:
    """Remove all fields, before another command begins."""
    _FIELDS.set(None)
