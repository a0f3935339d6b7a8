"""Daily conversion rates that are predicted a day ahead, and learnt from when the day is over.

The model is fitted once on the graph, and kept in Postgres. Days that were missed between two calls
are predicted and learnt one after another, each from the days before it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.adaptation.conversion_rates import WINDOW_DAYS
from attrigraph.adaptation.health_gate import health_of
from attrigraph.adaptation.kinds import DEFAULT_KIND
from attrigraph.adaptation.online import OnlineModel
from attrigraph.adaptation.rate_cases import (
    DAY_SECONDS,
    RATE_LOSS,
    rate_adapter,
    rate_features,
    rate_feedback,
)
from attrigraph.adaptation.rate_model import RateModel, fit_rate_model
from attrigraph.adaptation.season import season
from attrigraph.archive import from_bytes, to_bytes
from attrigraph.runs.lineage import code_version
from attrigraph.services.conversion_rates import most_converting, read_rates
from attrigraph.services.online_models import learning_model
from attrigraph.store.model_artifacts import FittedModel, newest_model, save_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from attrigraph.adaptation.conversion_rates import DailyRates, RateLevel
    from attrigraph.adaptation.health_gate import Health
    from attrigraph.adaptation.online import Outcome
    from attrigraph.adaptation.trajectories import TrajectoryStore
    from attrigraph.store.models import ModelArtifact
    from attrigraph.stores import Stores

MIN_FIT_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class RatePrediction:
    """Conversion rates of one day, and what was learnt before.

    Attributes:
        level: ``channel`` or ``campaign``.
        day: that is predicted.
        keys: names of channels or ids of campaigns.
        rates: conversions per exposed customer, corrected.
        frozen: the same without correction.
        outcomes: number of days that were learnt from, by what became of them.
    """

    level: RateLevel
    day: date
    keys: tuple[str, ...]
    rates: tuple[float, ...]
    frozen: tuple[float, ...]
    outcomes: dict[Outcome, int]

    def to_json(self) -> dict[str, Any]:
        """As an object of JSON values."""
        return {
            "level": self.level,
            "day": self.day.isoformat(),
            "rates": [
                {"key": key, "rate": rate, "frozen": frozen}
                for key, rate, frozen in zip(self.keys, self.rates, self.frozen, strict=True)
            ],
            "outcomes": {outcome.name.lower(): n for outcome, n in self.outcomes.items()},
        }


@dataclass(frozen=True, slots=True)
class LearntRates:
    """What a call of ``adapt_rates`` gives.

    Attributes:
        health: what the health gate finds; a freeze rejects updates.
        predictions: by channel and by campaign.
        notes: why there are no others, in sentences.
    """

    health: Health | None
    predictions: tuple[RatePrediction, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph adapt learn --json`` prints."""
        return {
            "health": None if self.health is None else asdict(self.health),
            "predictions": [each.to_json() for each in self.predictions],
            "notes": list(self.notes),
        }


def adapt_rates(stores: Stores, *, refit: bool = False, kind: str = DEFAULT_KIND) -> LearntRates:
    """Learn from all days that are over, and predict the next one, by channel and by campaign.

    Args:
        stores: with the graph and Postgres.
        refit: fit the models again, whose adapters then begin from 0.
        kind: of the adapters.

    Raises:
        InputError: an adapter that was kept is of another kind.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    rates, notes = read_rates(stores.driver)
    health = health_of(rates["campaign"]) if "campaign" in rates else None
    predictions = []
    for level, each in rates.items():
        model = None if refit else newest_model(stores.engine, _job(level))
        if model is None and each.days < MIN_FIT_DAYS + WINDOW_DAYS - 1:
            notes.append(
                f"{_job(level)} need {MIN_FIT_DAYS + WINDOW_DAYS} days with touches, and the graph "
                f"has {each.days + 1}"
            )
            continue
        model = model or _fitted(stores.engine, level, each)
        predictions.append(_adapted(stores.engine, level, each, model, health, kind))
    return LearntRates(health, tuple(predictions), tuple(notes))


def _job(level: RateLevel) -> str:
    return f"conversion rates by {level}"


def _fitted(engine: Engine, level: RateLevel, rates: DailyRates) -> ModelArtifact:
    """A new model, of all days but those that exposures before the first touch would change."""
    complete = rates.between(WINDOW_DAYS - 1, rates.days)
    keys = most_converting(complete)
    known = complete.of(keys)
    save_model(
        engine,
        FittedModel(
            _job(level),
            hashlib.sha256(known.exposed.tobytes() + known.conversions.tobytes()).hexdigest(),
            {"keys": list(keys), "next": rates.first_day + rates.days},
            {},
            to_bytes(fit_rate_model(known).arrays()),
            code_version(),
        ),
    )
    fitted = newest_model(engine, _job(level))
    assert fitted is not None
    return fitted


def _adapted(
    engine: Engine,
    level: RateLevel,
    rates: DailyRates,
    kept: ModelArtifact,
    health: Health | None,
    kind: str,
) -> RatePrediction:
    model = RateModel.from_arrays(from_bytes(kept.content))
    known = rates.of(tuple(kept.settings["keys"]))
    make = partial(_online, model, kind)
    step = 1.0 if health is None else health.step
    with learning_model(engine, f"{_job(level)} {kept.id}", make) as online:
        online.accepts_updates = step > 0
        outcomes = Counter(_learnt(online, model, known, kept.settings["next"], step))
        x, frozen = rate_features(model, known, known.days)
        scores = online.guard.serve(frozen, online.adapter.correction(x))
    day = date(1970, 1, 1) + timedelta(days=rates.first_day + rates.days)
    return RatePrediction(
        level,
        day,
        known.keys,
        tuple(np.exp(scores).tolist()),
        tuple(np.exp(frozen).tolist()),
        dict(outcomes),
    )


def _online(model: RateModel, kind: str, store: TrajectoryStore) -> OnlineModel:
    return OnlineModel(rate_adapter(model, kind), RATE_LOSS, store, max_loss=model.max_loss)


def _learnt(
    online: OnlineModel, model: RateModel, rates: DailyRates, begin: int, step: float
) -> Iterator[Outcome]:
    """Predict each day from ``begin`` on that was not predicted yet, and learn from those over."""
    known = online.store.known(str(day) for day in range(begin, rates.first_day + rates.days + 1))
    waiting = {each.id for each in online.store.waiting()}
    for day in range(begin, rates.first_day + rates.days + 1):
        column = day - rates.first_day
        if str(day) not in known:
            x, frozen = rate_features(model, rates, column)
            online.predict(x, frozen, at=DAY_SECONDS * day, context=season(day), id_=str(day))
        elif str(day) not in waiting:
            continue
        if column < rates.days:
            feedback = rate_feedback(rates, column, step=step)
            yield online.feedback(
                str(day),
                feedback.observed,
                at=feedback.at,
                weight=feedback.weight,
                offset=feedback.offset,
            )
