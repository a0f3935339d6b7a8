"""The channels of a fitted model as candidates for an experiment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.experiments.plan import Business, Candidate, plan_tests
from attrigraph.attribution.observed.costs import cost_by_entity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.experiments.plan import Design, PlannedTest
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.domain import EventTable

    Reasons = tuple[tuple[str, ...], ...]


ALWAYS: Final = int(np.iinfo(np.int64).max)
"""End of a window without an end, epoch milliseconds."""


def planned_tests(
    events: EventTable,
    population: Population,
    credit: IncrementalCredit,
    design: Design,
    reasons: Reasons | None = None,
    costs: Mapping[str, float] | None = None,
) -> tuple[PlannedTest, ...]:
    """Channels by what an experiment on them is expected to gain; empty without draws.

    Channels that are no marketing cannot be withheld, and are left out.

    Args:
        events: the events of the population.
        population: what the model was fitted to.
        credit: credit by channel, with the prior of bias.
        design: the experiment.
        reasons: why each channel is not identified; None if that is not known.
        costs: costs of channels; None for those of their touches.
    """
    histories = population.histories
    deviations = credit.wide_deviations
    if deviations is None or not len(deviations):
        return ()
    if costs is None:
        entities = cost_by_entity(events, "channel", (population.start, ALWAYS))
        costs = {name: one.cost for name, one in entities.items() if one.cost is not None}
    candidates = [
        Candidate(
            key,
            float(credit.credit[place]),
            float(deviations[:, place].std()),
            costs.get(key, math.nan),
            float(credit.response.days_to_half[place]),
            None if reasons is None else not reasons[place],
        )
        for place, key in enumerate(histories.keys)
        if key is not None and _is_marketing(histories, place)
    ]
    return plan_tests(candidates, _business(histories), design)


def _is_marketing(histories: Histories, place: int) -> bool:
    return histories.marketing is None or bool(histories.marketing[place])


def _business(histories: Histories) -> Business:
    return Business(
        len(histories.customers_at_risk),
        len(histories.converter),
        float(np.mean(histories.value)),
        histories.window_days,
    )
