"""Data health: what the events show that makes credit wrong or hard to read, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["warning", "note"]
"""``warning``: credit is likely to be wrong; ``note``: a reader should know it."""


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One finding about the events.

    Attributes:
        code: which check found it, such as ``touches_without_channel``.
        severity: see ``Severity``.
        count: how many touches, conversions, events, names or days are concerned.
        share: their share of all of these in [0, 1]; of names, the share of touches that have one.
        message: the figure in words, without a full stop.
        advice: what to do about it.
    """

    code: str
    severity: Severity
    count: int
    share: float
    message: str
    advice: str

    def sentence(self) -> str:
        """The message and the advice in one line."""
        return f"{self.message}: {self.advice}"

    def to_json(self) -> dict[str, Any]:
        """One object of ``data_health``."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> HealthLine:
        """The inverse of ``to_json``."""
        return cls(**stored)
