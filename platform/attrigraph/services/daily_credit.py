"""Credit over time of the models that credit single touches, written with a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.partial_credit import partial_credit
from attrigraph.domain.local_days import days_of
from attrigraph.graph.partial_credit import write_daily_credit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neo4j import Driver

    from attrigraph.attribution.analysis import Analysis
    from attrigraph.attribution.data import EventData
    from attrigraph.domain import Attribution, Level


def write_days(
    driver: Driver,
    run: str,
    analysis: Analysis,
    data: EventData,
    answers: Sequence[tuple[Level, Attribution]],
) -> None:
    """Write credit by day of conversion at all levels; nothing where times are not known.

    Args:
        driver: of the graph.
        run: id of the run.
        analysis: with the fitted models.
        data: what it is about.
        answers: of the models, by level.
    """
    events = data.events
    if not data.timed or not len(events.conversions):
        return
    days = days_of(events.conversions.time, data.journey_options.zone).astype(np.int64)
    for level, answer in answers:
        by_model = partial_credit(analysis, data, level, answer, days)
        write_daily_credit(driver, run, level, by_model)
