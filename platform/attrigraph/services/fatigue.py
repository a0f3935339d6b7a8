"""Forecasts of creative fatigue from the graph: training, and what all creatives have left.

A model is trained on all daily figures of the graph and kept in Postgres with what was measured of
it. Forecasts read it, and the figures until the day that they are asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.creatives import CreativeFatigue, Forecasting, by_urgency, creatives_of
from attrigraph.fatigue.money import click_values, losses_of
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.saved import from_bytes, to_bytes
from attrigraph.fatigue.snapshot import LIVE_DAYS, snapshot_of
from attrigraph.fatigue.trained import EXPONENTIAL, TrainedFatigue, train_fatigue
from attrigraph.graph.campaign_values import read_campaign_values
from attrigraph.runs.lineage import code_version
from attrigraph.runs.progress import ignore
from attrigraph.services.campaign_results import MODEL as ATTRIBUTION
from attrigraph.services.fatigue_history import read_fatigue_history
from attrigraph.store.model_artifacts import FittedModel, newest_model, save_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.panel import Panel
    from attrigraph.graph.campaign_values import CampaignValues
    from attrigraph.runs.progress import Progress
    from attrigraph.services.fatigue_history import StoredHistory
    from attrigraph.stores import Stores

    Floats = NDArray[np.float64]

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
    """

    as_of: date
    model: UUID
    method: str
    currency: str | None
    creatives: tuple[CreativeFatigue, ...]
    not_live: int
    notes: tuple[str, ...]


def train_fatigue_model(
    stores: Stores, *, seed: int = 0, progress: Progress = ignore
) -> TrainedModel:
    """Train on all daily figures of the graph, and keep the model.

    The same figures and seed give the same model on the same machine.

    Args:
        stores: with the graph and Postgres.
        seed: of the split of campaigns and of the network.
        progress: told of the epochs that are done.

    Raises:
        InputError: there are no figures, or too few days of them.
        ConvergenceError: the loss became non-finite.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    stored = read_fatigue_history(stores)
    history = stored.history
    trained = train_fatigue(
        history, seed=seed, progress=lambda done, total: progress("fit", done, total)
    )
    fitted = FittedModel(
        MODEL,
        _fingerprint(history),
        {"seed": seed},
        _metrics(trained, stored),
        to_bytes(trained),
        code_version(),
    )
    save_model(stores.engine, fitted)
    return read_fatigue_model(stores)


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


def forecast_creatives(
    stores: Stores, *, as_of: date | None = None, value_per_click: float | None = None
) -> FatigueScores:
    """Fatigue of all creatives that are live on a day.

    Args:
        stores: with the graph and Postgres.
        as_of: the last day that is known; None for the last of the graph.
        value_per_click: currency, where nothing is attributed; None for the cost.

    Raises:
        InputError: there is no model or no figure, or the value is below 0.
    """
    check_value(value_per_click)
    model, trained = load_fatigue_model(stores)
    stored = read_fatigue_history(stores, as_of=as_of)
    values = read_campaign_values(stores.driver, ATTRIBUTION)
    panel = panel_of(stored.history)
    found = forecasting_of(trained, panel, stored, values, value_per_click)
    creatives = tuple(by_urgency(list(creatives_of(found))))
    if not creatives:
        raise InputError(
            f"no creative had impressions in the {LIVE_DAYS} days until {stored.as_of}; load newer "
            "figures, or name an earlier day with --as-of"
        )
    return FatigueScores(
        stored.as_of,
        model,
        trained.method,
        stored.currency,
        creatives,
        not_live=len(stored.history.creatives) - len(creatives),
        notes=tuple(stored.notes()),
    )


def forecasting_of(
    trained: TrainedFatigue,
    panel: Panel,
    stored: StoredHistory,
    values: CampaignValues,
    value_per_click: float | None,
    creative: str | None = None,
) -> Forecasting:
    """Forecasts and losses of the live units of a panel, or of those of one creative."""
    history = stored.history
    snapshot = snapshot_of(panel)
    rows = None
    if creative is not None:
        number = history.creatives.index(creative)
        rows = np.flatnonzero(history.creative[snapshot.units] == number)
    forecasts = trained.forecast(panel, snapshot, rows)
    units = forecasts.snapshot.units
    clicks = click_values(panel, units, attributed(history, units, values), value_per_click)
    return Forecasting(
        panel,
        forecasts,
        losses_of(panel, forecasts, clicks),
        clicks,
        trained.method,
        stored.currency,
        stored.as_of,
        few_campaigns=trained.method == EXPONENTIAL and not trained.errors,
        kinds=history.genomes.kinds,
    )


def attributed(history: FatigueHistory, units: NDArray[np.int64], found: CampaignValues) -> Floats:
    """Attributed value per click of the campaign of each unit; NaN where there is none ``[n]``."""
    days = history.first_day + np.arange(history.days)
    inside = np.ones(history.days, bool)
    if found.start is not None:
        inside &= days >= found.start
    if found.end is not None:
        inside &= days <= found.end
    of_unit = history.campaign[history.creative]
    clicks = np.bincount(of_unit, history.clicks[:, inside].sum(axis=1), len(history.campaigns))
    value = np.array([found.values.get(name, np.nan) for name in history.campaigns])
    known = (clicks > 0) & (value > 0)
    per_click = np.divide(value, clicks, out=np.full(len(value), np.nan), where=known)
    return np.asarray(per_click[of_unit[units]])


def check_value(value_per_click: float | None) -> None:
    """Check what a click is said to be worth.

    Raises:
        InputError: it is below 0 or no number.
    """
    if value_per_click is not None and not 0 <= value_per_click < float("inf"):
        raise InputError(f"the value of a click must be at least 0, got {value_per_click:g}")


def _newest(stores: Stores) -> tuple[UUID, datetime, dict[str, Any], bytes]:
    found = newest_model(stores.engine, MODEL)
    if found is None:
        raise InputError("no fatigue model was trained yet; run `attrigraph fatigue train` first")
    return found.id, found.created, metrics_of(found.metrics), found.content


def metrics_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics as they were measured, from their JSON values."""
    as_of = date.fromisoformat(stored["as_of"])
    return {**stored, "as_of": as_of, "notes": tuple(stored["notes"])}


def _metrics(trained: TrainedFatigue, stored: StoredHistory) -> dict[str, Any]:
    history = stored.history
    calibration = trained.calibration
    return {
        "method": trained.method,
        "campaigns": len(np.unique(history.campaign[history.creative])),
        "creatives": len(history.creatives),
        "units": history.units,
        "creative_days": int(history.observed.sum()),
        "as_of": stored.as_of.isoformat(),
        "calibration_campaigns": 0 if calibration is None else calibration.campaigns,
        "errors": trained.errors,
        "spill_weight": trained.common.spill_weight,
        "seed": trained.seed,
        "notes": list(stored.notes()),
    }


def _fingerprint(history: FatigueHistory) -> str:
    """SHA-256 of figures, names and pairs, in hexadecimal."""
    digest = hashlib.sha256(str(history.first_day).encode())
    names: Sequence[tuple[str, ...]] = (
        history.creatives, history.campaigns, history.audiences, history.channels,
    )  # fmt: skip
    for texts in names:
        digest.update("\0".join(texts).encode())
    for array in (
        history.campaign, history.creative, history.audience, history.channel,
        history.impressions, history.clicks, history.reach, history.cost,
        history.genomes.vectors, history.similar, history.similarity,
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
