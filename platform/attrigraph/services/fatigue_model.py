"""Trained fatigue models in Postgres, with what was measured of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError
from attrigraph.fatigue.saved import from_bytes
from attrigraph.store.model_artifacts import newest_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from attrigraph.fatigue.trained import TrainedFatigue
    from attrigraph.stores import Stores

MODEL: Final = "fatigue"
"""Kind of the model in Postgres."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A training, and what was measured of it.

    Attributes:
        id: of the model in Postgres.
        created: when, UTC.
        method: what forecasts: the graph network, or the exponential fit where it was better or
            there are too few campaigns.
        campaigns: of the history.
        creatives: with impressions.
        units: creatives in audiences.
        creative_days: rows of the history.
        as_of: its last day.
        calibration_campaigns: campaigns of which the intervals are; 0 where nothing is calibrated.
        errors: mean absolute error of days on these campaigns, by method.
        spill_weight: what an exposure to a similar creative wears out, relative to one's own.
        seed: of the training.
        notes: what a reader may not expect, in sentences.
    """

    id: UUID
    created: datetime
    method: str
    campaigns: int
    creatives: int
    units: int
    creative_days: int
    as_of: date
    calibration_campaigns: int
    errors: Mapping[str, float]
    spill_weight: float
    seed: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph fatigue train --json`` prints."""
        own = asdict(self)
        return {
            **own,
            "id": str(self.id),
            "created": self.created.isoformat(),
            "as_of": self.as_of.isoformat(),
        }


def read_fatigue_model(stores: Stores) -> TrainedModel:
    """The newest training.

    Raises:
        InputError: there is none.
    """
    id_, created, metrics, _ = _newest(stores)
    return TrainedModel(id_, created, **metrics)


def load_fatigue_model(stores: Stores) -> tuple[UUID, TrainedFatigue]:
    """The id of the newest model, and the model.

    Raises:
        InputError: there is none, or it was fitted on other features than are computed now.
    """
    id_, _, _, content = _newest(stores)
    return id_, from_bytes(content)


def _newest(stores: Stores) -> tuple[UUID, datetime, dict[str, Any], bytes]:
    found = newest_model(stores.engine, MODEL)
    if found is None:
        raise InputError("no fatigue model was trained yet; run `attrigraph fatigue train` first")
    return found.id, found.created, _measured(found.metrics), found.content


def _measured(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics as they were measured, from their JSON values."""
    as_of = date.fromisoformat(stored["as_of"])
    return {**stored, "as_of": as_of, "notes": tuple(stored["notes"])}
