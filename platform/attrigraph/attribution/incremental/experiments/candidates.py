"""The channels of a fitted model as candidates for an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.experiments.arms import play_test
from attrigraph.attribution.incremental.experiments.plan import Business, Candidate, plan_tests
from attrigraph.attribution.observed.costs import UNKNOWN_COST

if TYPE_CHECKING:
    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.experiments.plan import Design, PlannedTest
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.observed.spending import Spending

    Reasons = tuple[tuple[str, ...], ...]


def planned_tests(
    population: Population,
    credit: IncrementalCredit,
    design: Design,
    spending: Spending,
    reasons: Reasons | None = None,
) -> tuple[PlannedTest, ...]:
    """Channels by what an experiment on them is expected to gain; empty without draws.

    Channels that are no marketing cannot be withheld, and are left out.

    Args:
        population: what the model was fitted to.
        credit: credit by channel, with the prior of bias.
        design: the experiment.
        spending: costs of channels.
        reasons: why each channel is not identified; None if that is not known.
    """
    histories = population.histories
    deviations, calibration = credit.wide_deviations, credit.calibration
    if deviations is None or calibration is None or not len(deviations):
        return ()
    rng = np.random.default_rng(credit.weights.seed)
    people = play_test(histories, credit.response, design.days, calibration.multiplier, rng)
    costs = spending.costs["channel"]
    candidates = [
        Candidate(
            key,
            float(credit.credit[place]),
            float(deviations[:, place].std()),
            costs.get(key, UNKNOWN_COST),
            float(credit.response.days_to_half[place]),
            people.arms[place],
            None if reasons is None else not reasons[place],
        )
        for place, key in enumerate(histories.keys)
        if key is not None and _is_marketing(histories, place)
    ]
    business = Business(people.customers, float(np.mean(histories.value)), histories.window_days)
    return plan_tests(candidates, business, design)


def _is_marketing(histories: Histories, place: int) -> bool:
    return histories.marketing is None or bool(histories.marketing[place])
