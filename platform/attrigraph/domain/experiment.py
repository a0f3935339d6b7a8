"""Experiments: measured lifts of a channel or a campaign."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

ExperimentKind = Literal["holdout", "geo", "switchback", "platform"]
"""How the lift was measured."""

EXPERIMENT_KINDS: Final[tuple[ExperimentKind, ...]] = get_args(ExperimentKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment, over its own dates. It tests either a channel or a campaign.

    Attributes:
        id: unique over all experiments.
        kind: ``holdout``, ``geo``, ``switchback`` or ``platform``.
        channel: name of the channel; None if a campaign was tested.
        campaign: id of the campaign; None if a channel was tested.
        lift: conversions that it caused from start to end; may be negative. A holdout says how many
            each customer has, and this is that number times all customers who were not held out.
        standard_error: of the lift, > 0.
        start: first day.
        end: last day, inclusive.
        spend: on the channel or campaign from start to end, >= 0, in ``currency``; None where
            unknown.
        currency: code of the currency of the spend, such as EUR.
        population: customers in the experiment, all groups together, >= 0; None where unknown.
        source: who measured it, or where it is described.
    """

    id: str
    lift: float
    standard_error: float
    start: date
    end: date
    channel: str | None = None
    campaign: str | None = None
    kind: ExperimentKind = "holdout"
    spend: float | None = None
    currency: str | None = None
    population: int | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise InputError("an experiment needs an id")
        if self.kind not in EXPERIMENT_KINDS:
            raise InputError(
                f"the kind of experiment {self.id!r} must be one of"
                f" {', '.join(EXPERIMENT_KINDS)}, got {self.kind!r}"
            )
        if bool(self.channel) == bool(self.campaign):
            raise InputError(f"experiment {self.id!r} needs either a channel or a campaign")
        if not (math.isfinite(self.lift) and math.isfinite(self.standard_error)):
            raise InputError(f"experiment {self.id!r} must have finite numbers")
        if self.standard_error <= 0:
            raise InputError(
                f"experiment {self.id!r} needs a standard error above 0, got {self.standard_error}"
            )
        if self.end < self.start:
            raise InputError(
                f"experiment {self.id!r} ends on {self.end}, before it starts on {self.start}"
            )
        if self.spend is not None and not (math.isfinite(self.spend) and self.spend >= 0):
            raise InputError(f"experiment {self.id!r} needs a spend of at least 0")
        if self.population is not None and self.population < 0:
            raise InputError(f"experiment {self.id!r} needs a population of at least 0")

    @property
    def target(self) -> str:
        """The channel or campaign that was tested."""
        return str(self.channel or self.campaign)

    @property
    def days(self) -> int:
        """Number of days, both ends included."""
        return (self.end - self.start).days + 1

    def overlaps(self, first: date, last: date) -> bool:
        """Whether it ran on a day from ``first`` to ``last``, both included."""
        return self.start <= last and first <= self.end

    def to_json(self) -> dict[str, Any]:
        """JSON values, without what is not known."""
        stored = {name: value for name, value in asdict(self).items() if value is not None}
        return {**stored, "start": self.start.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Experiment:
        """From what ``to_json`` gave; names that this version does not know are ignored."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        dates = {name: date.fromisoformat(values[name]) for name in ("start", "end")}
        target = values.get("channel") or values.get("campaign")
        return cls(**{"id": default_id(target, *dates.values()), **values, **dates})


def default_id(target: str | None, start: date | str, end: date | str) -> str:
    """The id of an experiment that has none, such as a lift test of version 0.2.0."""
    return f"{target or ''} {start}..{end}"
