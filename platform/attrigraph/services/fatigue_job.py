"""The job that forecasts all live creatives and writes their scores into the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.creatives import by_urgency, creatives_of
from attrigraph.fatigue.pace import LIVE_DAYS
from attrigraph.graph.fatigue_scores import CreativeScores
from attrigraph.services.fatigue_forecast import read_fatigue_state
from attrigraph.services.fatigue_scores import write_fatigue_scores

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from attrigraph.fatigue.creatives import CreativeFatigue
    from attrigraph.fatigue.planned import PlannedImpressions
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class FatigueScores:
    """Fatigue of all live creatives.

    Attributes:
        as_of: the last day that is known.
        model: id of the model in Postgres.
        method: name of what forecasts.
        currency: of losses; None where it is not known.
        creatives: in the order of replacement.
        not_live: creatives without impressions in the last seven days: paused or replaced.
        notes: what a reader may not expect, in sentences.
        run: id of the run that wrote them into the graph; None where none did.
    """

    as_of: date
    model: UUID
    method: str
    currency: str | None
    creatives: tuple[CreativeFatigue, ...]
    not_live: int
    notes: tuple[str, ...]
    run: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph fatigue predict --json`` prints."""
        return {
            "as_of": self.as_of.isoformat(),
            "model": str(self.model),
            "method": self.method,
            "currency": self.currency,
            "creatives": [one.to_json() for one in self.creatives],
            "not_live": self.not_live,
            "notes": list(self.notes),
            "run": self.run,
        }


def score_creatives(
    stores: Stores,
    *,
    as_of: date | None = None,
    value_per_click: float | None = None,
    planned: PlannedImpressions | None = None,
    write: bool = True,
) -> FatigueScores:
    """Forecast all live creatives, and write their scores; the same scores are written once.

    Readers see those of the run before until all of the new ones are there. Creatives that are not
    live lose theirs.

    Args:
        stores: with the graph and Postgres.
        as_of: the last day that is known; None for the last of the graph.
        value_per_click: currency, where nothing is attributed; None for the cost.
        planned: impressions; None for those of the last days.
        write: whether to write.

    Raises:
        InputError: there is no model, no figure or no live creative, the value is below 0, or
            impressions are planned of creatives that the graph lacks.
        StoreError: another run of the job is in progress, or a store fails.
    """
    found = forecast_creatives(
        stores, as_of=as_of, value_per_click=value_per_click, planned=planned
    )
    if not write:
        return found
    parameters = {
        "model": str(found.model),
        "valuePerClick": value_per_click,
        "planned": planned is not None,
    }
    summary = {"method": found.method, "notLive": found.not_live, "notes": list(found.notes)}
    written = write_fatigue_scores(
        stores, columns_of(found), parameters=parameters, summary=summary
    )
    of_run = tuple(one.of_run(written.run) for one in found.creatives)
    return replace(found, creatives=of_run, run=written.run)


def forecast_creatives(
    stores: Stores,
    *,
    as_of: date | None = None,
    value_per_click: float | None = None,
    planned: PlannedImpressions | None = None,
) -> FatigueScores:
    """Fatigue of all creatives that are live on a day.

    Args:
        stores: with the graph and Postgres.
        as_of: the last day that is known; None for the last of the graph.
        value_per_click: currency, where nothing is attributed; None for the cost.
        planned: impressions; None for those of the last days.

    Raises:
        InputError: there is no model or no figure, the value is below 0, or impressions are
            planned of creatives that the graph lacks.
    """
    state = read_fatigue_state(stores, as_of=as_of)
    found = state.forecasting(value_per_click=value_per_click, planned=planned)
    creatives = tuple(by_urgency(list(creatives_of(found))))
    if not creatives:
        raise InputError(
            f"no creative had impressions in the {LIVE_DAYS} days until {found.as_of}; load newer "
            "figures, or name an earlier day with --as-of"
        )
    return FatigueScores(
        found.as_of,
        state.model,
        found.method,
        found.currency,
        creatives,
        not_live=len(found.panel.history.creatives) - len(creatives),
        notes=tuple(state.stored.notes()),
    )


def columns_of(found: FatigueScores) -> CreativeScores:
    """Scores as the graph keeps them."""
    creatives = found.creatives
    days = [one.days_remaining for one in creatives]
    losses = [one.loss_per_week for one in creatives]
    return CreativeScores(
        as_of=found.as_of,
        currency=found.currency,
        creatives=[one.creative for one in creatives],
        score=np.array([one.fatigue_score for one in creatives]),
        days_remaining=np.array([one.value for one in days]),
        days_low=np.array([one.low for one in days]),
        days_high=np.array([one.high for one in days]),
        capped=np.array([one.capped for one in days]),
        decay_curve=np.array([one.decay_curve for one in creatives]),
        confidence=np.array([one.confidence for one in creatives]),
        p_tired_7d=[one.p_tired_7d for one in creatives],
        loss_per_day=[one.loss_per_day for one in creatives],
        loss_per_week=[one.value for one in losses],
        loss_low=[one.low for one in losses],
        loss_high=[one.high for one in losses],
        loss_by_siblings=[one.spill_per_week for one in creatives],
        loss_basis=[one.basis for one in losses],
        element=[one.element for one in creatives],
        method=[one.method for one in creatives],
        reasons=[one.reasons for one in creatives],
    )
