"""Conversions lost without one channel, from the conversions alone: no person-day is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from attrigraph.attribution.incremental.person_days import conversion_person_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Response


def removal_at_conversions(histories: Histories, response: Response) -> NDArray[np.float64]:
    """Sum over conversions of ``1 - h(without the channel) / h``, ``[keys]``.

    It estimates the same as the removal values of the game, but that survival is left out.
    """
    person_days = conversion_person_days(histories)
    conditions, effects = response.conditions, response.effects
    exposure = conditions.pairs(histories, person_days).exposure(response.shape)
    main = effects.main_of(histories.segments_of(person_days.customer))
    rest = response.rest(person_days.day, conditions.columns(histories, person_days))
    keys = len(histories.keys)
    running = np.concatenate([~np.eye(keys, dtype=bool), np.ones((1, keys), dtype=bool)])
    chance = expit(effects.logit(exposure, main, running) + rest[:, None])
    return np.asarray((1 - chance[:, :-1] / chance[:, -1:]).sum(axis=0))
