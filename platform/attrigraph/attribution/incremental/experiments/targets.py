"""What experiments test: the touches of channels and campaigns in the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.experiments.scaling import TargetTouches
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches
    from attrigraph.domain import EventTable, Experiment


def target_touches(
    experiment: Experiment,
    events: EventTable,
    population: Population,
    half_life: NDArray[np.float64],
    touches: CreditedTouches,
) -> TargetTouches:
    """Touches in the window of the channel or campaign that an experiment tests.

    A campaign counts on the channel on which most of its touches are, with its share of that
    channel's credit: an experiment of a campaign calibrates its channel.

    Args:
        experiment: the experiment.
        events: the events of the population.
        population: the population.
        half_life: float64 ``[keys]``, days.
        touches: credit by touch, before calibration.

    Raises:
        InputError: the experiment tests what has no touches.
    """
    histories = population.histories
    rows = _rows_of(experiment, events, population)
    key = int(np.bincount(histories.key[rows]).argmax())
    channel = histories.keys[key]
    if channel is None:
        raise InputError(
            f"experiment {experiment.id!r} tests {experiment.target!r}, whose touches have no"
            " channel"
        )
    of_channel = histories.is_in_window & (histories.key == key)
    rows = rows[of_channel[rows]]
    return TargetTouches(
        channel=channel,
        time=histories.time[rows] - histories.warm_up,
        half_life=float(half_life[key]),
        share=1.0 if experiment.channel else _credit_share(touches, rows, of_channel),
    )


def _rows_of(
    experiment: Experiment, events: EventTable, population: Population
) -> NDArray[np.int64]:
    """Touches of the histories in the window that the experiment tests; at least one."""
    level = "channel" if experiment.channel else "campaign"
    categorical = getattr(events.touches, level)
    is_in_window = population.histories.is_in_window
    codes = np.where(is_in_window, categorical.codes[population.touch], -1)
    used = np.unique(codes[codes >= 0]).tolist()
    names = [categorical.keys[code] for code in used]
    if experiment.target not in names:
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise InputError(
            f"experiment {experiment.id!r} tests the {level} {experiment.target!r}, which has no"
            f" touches; {level}s with touches are {shown}"
        )
    return np.flatnonzero(codes == used[names.index(experiment.target)])


def _credit_share(
    touches: CreditedTouches, rows: NDArray[np.int64], of_channel: NDArray[np.bool_]
) -> float:
    """Share of a channel's credit, or of its touches where shares of credit mean nothing."""
    credit = np.bincount(touches.touch, touches.credit, len(of_channel))
    total, own = credit[of_channel].sum(), credit[rows].sum()
    if total > 0 and own > 0:
        return float(min(own / total, 1.0))
    return float(len(rows) / of_channel.sum())
