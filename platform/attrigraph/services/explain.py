"""The use case of explaining one conversion: its journey, with the credit of the current run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.errors import InputError
from attrigraph.graph.connection import DATABASE
from attrigraph.graph.customers import journey_of_conversion
from attrigraph.graph.runs import current_run
from attrigraph.graph.scores import read_credit
from attrigraph.services.attribute import JOB

if TYPE_CHECKING:
    from neo4j import Driver

    from attrigraph.domain import Conversion, Touchpoint


@dataclass(frozen=True, slots=True)
class Explanation:
    """One conversion's journey with its credits.

    Attributes:
        conversion: what is explained.
        run: id of the run whose credit it is.
        model: whose credit it is.
        touches: the journey, oldest first.
        credit: part of the conversion by touch; may be negative, 0 where the run gave none.
    """

    conversion: Conversion
    run: str
    model: str
    touches: tuple[Touchpoint, ...]
    credit: tuple[float, ...]

    @property
    def organic(self) -> float:
        """The part of the conversion that no touch is credited with."""
        return 1.0 - sum(self.credit)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph explain --json`` prints."""
        return {
            "conversion": self.conversion.id,
            "customer": self.conversion.customer_id,
            "timestamp": _iso(self.conversion),
            "value": self.conversion.value,
            "run": self.run,
            "model": self.model,
            "organic": self.organic,
            "touches": [
                {
                    "id": touch.id,
                    "timestamp": _iso(touch),
                    "kind": touch.kind,
                    "channel": touch.channel,
                    "campaign": touch.campaign,
                    "creative": touch.creative,
                    "credit": credit,
                    "value": credit * self.conversion.value,
                }
                for touch, credit in zip(self.touches, self.credit, strict=True)
            ],
        }


def explain_conversion(
    driver: Driver, conversion_id: str, *, database: str = DATABASE
) -> Explanation:
    """Read the journey of one conversion and the credit that the current run gave its touches.

    Raises:
        InputError: no such conversion, no run yet, or a run without credit of touches.
    """
    run = current_run(driver, JOB, database=database)
    if run is None or run.touch_model is None:
        raise InputError(
            "no run has credited single touches on this graph; run `attrigraph attribute` with a "
            "--touch-model first"
        )
    days = run.parameters["journeys"]["lookback_days"]
    journey = journey_of_conversion(driver, conversion_id, lookback_days=days, database=database)
    given = read_credit(driver, run.id, conversion_id, database=database)
    credit = tuple(given.get(touch.id, 0.0) for touch in journey.touches)
    return Explanation(journey.conversion, run.id, run.touch_model, journey.touches, credit)


def _iso(event: Touchpoint | Conversion) -> str | None:
    return None if event.timestamp is None else event.timestamp.isoformat()
