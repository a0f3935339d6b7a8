"""Whether a causal model is right about the channels that it claims to identify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attrigraph.domain import ModelCredits
    from attrigraph.worlds.truth import Truth

TOLERANCE: Final = 1e-6
"""Conversions; credit of exactly 0 comes out as a sum of rounding errors."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One channel's credit by a causal model, next to the truth.

    Attributes:
        channel: its name.
        truth: conversions that it causes.
        credited: conversions that the model credits to it.
        low: lower end of the 90 % interval with chance and bias; None without intervals.
        high: its upper end.
        identified: whether the model claims that the data can answer it; None if it does not test
            that.
        identifiable: whether the data can in truth answer it; None if unknown.
    """

    channel: str
    truth: float
    credited: float
    low: float | None
    high: float | None
    identified: bool | None
    identifiable: bool | None

    @property
    def flagged(self) -> bool:
        """Whether the model marks it as not identified; without a test nothing warns."""
        return self.identified is False

    @property
    def false_reassurance(self) -> bool | None:
        """Whether the interval misses the truth without a flag; None if flagged or no interval."""
        if self.flagged or self.low is None or self.high is None:
            return None
        return not holds(self.low, self.truth, self.high)

    @property
    def false_alarm(self) -> bool | None:
        """Whether it is flagged although it is identifiable; None if it is not, or unknown."""
        return self.flagged if self.identifiable else None


def verdicts(model: ModelCredits, truth: Truth) -> tuple[Verdict, ...]:
    """A verdict per channel of the truth, largest truth first; channels without credit have 0."""
    lines = {line.key: line for line in model.credits}
    identifiable = truth.identifiable or (None,) * len(truth.channels)
    found = []
    for name, caused, known in zip(truth.channels, truth.credit, identifiable, strict=True):
        line = lines.get(name)
        found.append(
            Verdict(name, caused, 0.0, None, None, None, known)
            if line is None
            else Verdict(
                name, caused, line.conversions, line.low, line.high, line.identified, known
            )
        )
    return tuple(sorted(found, key=lambda verdict: -verdict.truth))


def held_by_chance(model: ModelCredits, channels: Sequence[Verdict]) -> list[bool]:
    """Whether the interval of chance alone holds the truth, for each channel that has one.

    Rules have no interval of bias, so that their only interval is that of chance.
    """
    true = {channel.channel: channel.truth for channel in channels}
    held = []
    for credit in model.credits:
        low = credit.low if credit.chance_low is None else credit.chance_low
        high = credit.high if credit.chance_high is None else credit.chance_high
        if credit.key in true and low is not None and high is not None:
            held.append(holds(low, true[credit.key], high))
    return held


def holds(low: float, truth: float, high: float) -> bool:
    """Whether an interval contains the truth, rounding errors of sums aside."""
    return low - TOLERANCE <= truth <= high + TOLERANCE


def share_of(outcomes: Iterable[bool | None]) -> float:
    """The share of True among outcomes that are not None; NaN if there are none."""
    known = [outcome for outcome in outcomes if outcome is not None]
    return sum(known) / len(known) if known else float("nan")
