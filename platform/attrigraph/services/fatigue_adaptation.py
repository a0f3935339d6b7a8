"""Fatigue predictions that follow the clicks: their level is corrected by what was observed after.

A prediction is the click rate of a unit, a creative in an audience, over the next days. It waits in
Postgres until these days are over; then the adapter learns from its clicks and impressions. Each
frozen model has an adapter of its own.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.conversion_rates import DailyRates
from attrigraph.adaptation.kinds import DEFAULT_KIND
from attrigraph.adaptation.season import season
from attrigraph.adaptation.trajectories import CAPACITY
from attrigraph.errors import InputError
from attrigraph.services.level_correction import (
    FATIGUE,
    HORIZON_DAYS,
    FatiguePredictions,
    level_model,
)
from attrigraph.services.online_models import learning_model, predicting_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.adaptation.online import Outcome
    from attrigraph.adaptation.trajectories import Trajectory
    from attrigraph.fatigue.history import FatigueHistory

    Floats = NDArray[np.float64]

STEPS_PER_DAY: Final = 10.0
"""What all feedback of a day counts as at most, in steps of a single unit.

Feedback comes three days late. Steps for each of thousands of units would follow the last of them.
"""

_DAY_SECONDS: Final = 86_400.0


def correct_fatigue(
    engine: Engine, predictions: FatiguePredictions, *, kind: str = DEFAULT_KIND
) -> Floats:
    """Corrected log click rates ``[n]``, which are kept until their clicks are known.

    Predictions of a unit for the same day are kept once.

    Raises:
        InputError: shapes differ, a number is not finite, or the adapter that was kept is of
            another kind or size.
    """
    n, n_features = _shape(predictions)
    make = partial(level_model, kind, n_features)
    # all that are made while one waits have room
    capacity = max(CAPACITY, n * (HORIZON_DAYS + 1))
    name, at, context = (
        FATIGUE + predictions.model,
        predictions.day * _DAY_SECONDS,
        season(predictions.day),
    )
    with predicting_model(engine, name, make, capacity=capacity) as model:
        made = [
            model.prediction(x, log_rate, at=at, context=context, id_=id_)
            for x, log_rate, id_ in zip(
                predictions.x, predictions.log_rate[:, None], _ids(predictions), strict=True
            )
        ]
        known = model.store.known(each.id for each in made)
        model.store.add(*(each for each in made if each.id not in known))
    return np.log([each.served[0] for each in made])


def learn_from_clicks(
    engine: Engine,
    model: str,
    history: FatigueHistory,
    *,
    n_features: int,
    kind: str = DEFAULT_KIND,
) -> Counter[Outcome]:
    """Learn from all predictions whose days are over; what became of their feedback.

    The weight of a unit is its share in the clicks that are expected of all units of its day, times
    ``STEPS_PER_DAY``. Where the health gate is frozen by the click rates of campaigns, nothing is
    learnt, and the predictions wait.

    Predictions of units without impressions on these days wait until they expire.
    Days without a row count as days without impressions.

    Args:
        engine: of Postgres.
        model: id of the frozen model.
        history: with the days after the predictions.
        n_features: of the model.
        kind: of the adapter.

    Raises:
        InputError: the adapter that was kept is of another kind or size.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    from attrigraph.adaptation.health_gate import health_of

    health = health_of(click_rates(history))
    step = 1.0 if health is None else health.step
    outcomes: Counter[Outcome] = Counter()
    with learning_model(engine, FATIGUE + model, partial(level_model, kind, n_features)) as online:
        online.accepts_updates = step > 0
        answers = list(_answers(online.store.waiting(), history))
        sizes: defaultdict[int, float] = defaultdict(float)
        for answer in answers:
            sizes[answer.day] += answer.size
        for answer in answers:
            outcome = online.feedback(
                answer.id,
                np.array([answer.clicks]),
                at=(answer.day + HORIZON_DAYS + 1) * _DAY_SECONDS,
                weight=step * min(1 / answer.size, STEPS_PER_DAY / sizes[answer.day]),
                offset=math.log(answer.impressions),
            )
            outcomes[outcome] += 1
        online.store.expire(at=(history.first_day_number + history.days) * _DAY_SECONDS)
    return outcomes


def click_rates(history: FatigueHistory) -> DailyRates:
    """Clicks by impressions of campaigns and days, for the health gate; the most clicked first."""
    campaign = history.campaign_of_unit
    impressions, clicks = (
        np.zeros((len(history.campaigns), history.days)) for _ in ("impressions", "clicks")
    )
    np.add.at(impressions, campaign, history.impressions)
    np.add.at(clicks, campaign, history.clicks)
    order = np.argsort(-clicks.sum(axis=1), kind="stable")
    return DailyRates(
        tuple(history.campaigns[row] for row in order),
        history.first_day_number,
        impressions[order].astype(np.int64),
        clicks[order].astype(np.int64),
    )


def _shape(predictions: FatiguePredictions) -> tuple[int, int]:
    n = len(predictions.creatives)
    shapes = (len(predictions.audiences), len(predictions.x), predictions.log_rate.shape)
    if predictions.x.ndim != 2 or shapes != (n, n, (n,)):
        raise InputError(
            f"predictions of {n} creatives must have as many audiences, features and rates, got "
            f"{len(predictions.audiences)}, {predictions.x.shape} and {predictions.log_rate.shape}"
        )
    return predictions.x.shape


def _ids(predictions: FatiguePredictions) -> list[str]:
    """Creative, audience and day, from which feedback finds the unit again."""
    units = zip(predictions.creatives, predictions.audiences, strict=True)
    return [json.dumps([*unit, predictions.day]) for unit in units]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was seen after a prediction.

    Attributes:
        id: of the prediction.
        day: of the prediction.
        impressions: of the days after it, above 0.
        clicks: of the same days.
        size: clicks that the frozen model expects, at least 1.
    """

    id: str
    day: int
    impressions: float
    clicks: float
    size: float


def _answers(waiting: list[Trajectory], history: FatigueHistory) -> Iterator[_Answer]:
    """Of the predictions whose days are over and had impressions."""
    units = zip(history.creative.tolist(), history.audience.tolist(), strict=True)
    rows = {
        (history.creatives[creative], history.audiences[audience]): row
        for row, (creative, audience) in enumerate(units)
    }
    for made in waiting:
        creative, audience, day = json.loads(made.id)
        row, begin = rows.get((creative, audience)), day + 1 - history.first_day_number
        if row is None or begin < 0 or begin + HORIZON_DAYS > history.days:
            continue
        after = slice(begin, begin + HORIZON_DAYS)
        impressions = float(history.impressions[row, after].sum())
        if impressions > 0:
            size = max(1.0, impressions * math.exp(made.frozen[0]))
            clicks = float(history.clicks[row, after].sum())
            yield _Answer(made.id, day, impressions, clicks, size)
