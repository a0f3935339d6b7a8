"""How a decision moves when data or choices are a little different, as data and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RobustnessCheck:
    """The decision after one change.

    Attributes:
        change: what is different, in words.
        best: the channel with the largest credit, per money where costs are known; all of them
            where several are equal: ``email and tv``.
        worst: the channel with the smallest, or all of them.
        same_order: share of pairs of channels that keep their order, in [0, 1].
        failure: why there is no answer; the other fields are then None.
    """

    change: str
    best: str | None = None
    worst: str | None = None
    same_order: float | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Robustness:
    """The decision of one model, and after each change.

    Attributes:
        model: the first causal model of the run, or its first model.
        per_money: whether channels are ranked by credited value per cost; else by credit.
        best: the channel with the largest, or all of them where several are equal.
        worst: the channel with the smallest, or all of them.
        checks: one per change.
        verdict: what follows.
        by_value: whether credit is the value of conversions; else their number, as none has a
            value.
    """

    model: str
    per_money: bool
    best: str
    worst: str
    checks: tuple[RobustnessCheck, ...]
    verdict: str
    by_value: bool = True

    @property
    def measure(self) -> str:
        """By what channels are ranked, in words."""
        credited = "credited value" if self.by_value else "credited conversions"
        return f"{credited} per cost" if self.per_money else credited

    def to_json(self) -> dict[str, Any]:
        """The object ``robustness`` of ``attrigraph attribute --robustness --json``."""
        return {**asdict(self), "checks": [asdict(check) for check in self.checks]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Robustness:
        """The inverse of ``to_json``."""
        checks = tuple(RobustnessCheck(**check) for check in stored["checks"])
        return cls(**{**stored, "checks": checks})
