"""The spend of experiments in the currency of the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.spend.rates import answer_currency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Experiment
    from attrigraph.spend.accounts import Spend
    from attrigraph.spend.rates import Rates


def experiment_spend(experiments: Sequence[Experiment], spend: Spend) -> dict[str, float]:
    """Spend by id of the experiments that state it; without a currency, it is in the answer's.

    The rate is the mean of the days of the experiment.

    Args:
        experiments: as measured.
        spend: what was spent, and the currency of the answer.

    Raises:
        InputError: amounts are in several currencies, or a rate is missing.
    """
    stated = [one for one in experiments if one.spend is not None]
    codes = {one.currency for one in stated if one.currency is not None}
    occurring = {*spend.days.currency.keys, *codes}
    target = answer_currency(occurring, spend.currency, spend.rates, "costs of experiments")
    return {one.id: (one.spend or 0.0) * _rate(one, target, spend.rates) for one in stated}


def _rate(experiment: Experiment, target: str | None, rates: Rates | None) -> float:
    code = experiment.currency
    if code is None or code == target or target is None or rates is None:
        return 1.0
    days = (experiment.start + timedelta(days=day) for day in range(experiment.days))
    return float(np.mean([rates.rate(code, day) for day in days]))
