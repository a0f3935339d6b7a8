"""What a Markov model answers besides credit: removal effects, and transitions between keys."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class RemovalEffect:
    """What is lost where every journey that comes to a key ends there.

    Attributes:
        key: the key; None for touches for which it is unknown.
        conversions: share of all conversions, 0 to 1.
        value: share of their value; None where no conversion has one.
    """

    key: str | None
    conversions: float
    value: float | None


@dataclass(frozen=True, slots=True)
class Transitions:
    """What follows each key in the journeys, those included that do not convert.

    Attributes:
        keys: as in the journeys; None for touches for which it is unknown.
        probability: one row per key and, last, one of the start; columns are the keys, conversion,
            and the end without one. A row adds up to one.
        journeys: the same before division.
    """

    keys: tuple[str | None, ...]
    probability: Rows
    journeys: Rows


@dataclass(frozen=True, slots=True)
class MarkovChain:
    """The chain behind the credit of a Markov model.

    Attributes:
        order: how many keys a state of it remembers.
        removal_effects: the largest first.
        transitions: of a chain of order one; None for others, whose states are several keys.
    """

    order: int
    removal_effects: tuple[RemovalEffect, ...]
    transitions: Transitions | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        transitions = self.transitions
        return {
            "order": self.order,
            "removal_effects": [asdict(one) for one in self.removal_effects],
            "transitions": None
            if transitions is None
            else {
                "keys": list(transitions.keys),
                "probability": [list(row) for row in transitions.probability],
                "journeys": [list(row) for row in transitions.journeys],
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> MarkovChain:
        """The inverse of ``to_json``."""
        effects = tuple(RemovalEffect(**one) for one in stored["removal_effects"])
        transitions = stored["transitions"]
        return cls(
            stored["order"],
            effects,
            None
            if transitions is None
            else Transitions(
                tuple(transitions["keys"]),
                tuple(tuple(row) for row in transitions["probability"]),
                tuple(tuple(row) for row in transitions["journeys"]),
            ),
        )
