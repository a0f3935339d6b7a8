"""Input of the models: counted paths, and the journeys behind them if available."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.observed.path_steps import PathSteps
from attrigraph.attribution.observed.paths import collapse, count_paths, take
from attrigraph.domain import LEVELS
from attrigraph.domain.channel_names import are_named
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.journeys import Repeats
    from attrigraph.domain import Categorical, EventTable, Journeys, PathCounts


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Paths, and the journeys they were counted from.

    Attributes:
        paths: distinct paths with their frequencies.
        journeys: the journeys behind the paths, with repeats left out as in the paths; None if only
            counts are available, as in a file of paths.
        path: int32 ``[n_journeys]``, the path of each journey; None without journeys.
        channel: the channel of each touch in ``EventTable.touches``; None without journeys.
    """

    paths: PathCounts
    journeys: Journeys | None = None
    path: NDArray[np.int32] | None = None
    channel: Categorical | None = None


def gather(
    events: EventTable, journeys: Journeys, by: str, *, repeats: Repeats = "kept"
) -> Evidence:
    """Count the paths of journeys over channels, campaigns or creatives.

    Args:
        events: the events of the journeys.
        journeys: see ``attrigraph.attribution.observed.journeys.derive``.
        by: ``channel``, ``campaign`` or ``creative``.
        repeats: ``collapsed`` leaves out touches that the next touch repeats, at this level.

    Raises:
        InputError: ``by`` is not one of these levels.
    """
    categorical = _level(events, by)
    if repeats == "collapsed":
        journeys = collapse(journeys, categorical)
    paths, path = count_paths(journeys, categorical)
    return Evidence(paths=paths, journeys=journeys, path=path, channel=events.touches.channel)


def _level(events: EventTable, by: str) -> Categorical:
    if by not in LEVELS:
        message = f"by must be one of {', '.join(LEVELS)}; got {by!r}"
        raise InputError(message)
    levels = {
        "channel": events.touches.channel,
        "campaign": events.touches.campaign,
        "creative": events.touches.creative,
    }
    return levels[by]


@dataclass(frozen=True, slots=True, eq=False)
class ConvertingJourneys:
    """The converting journeys, touch by touch.

    Attributes:
        steps: with ages, and with direct visits if requested.
        touch: int64 ``[n]``, row in ``EventTable.touches``.
        conversion: int64 ``[n_paths]``, row in ``EventTable.conversions``.
        value: float64 ``[n_paths]``, value of each conversion.
    """

    steps: PathSteps
    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    value: NDArray[np.float64]


def converting_journeys(
    evidence: Evidence, *, direct_channels: Collection[str] | None = None
) -> ConvertingJourneys | None:
    """The converting journeys behind the paths; None if only counts are available.

    Args:
        evidence: paths and journeys.
        direct_channels: channels of direct visits; None if not needed.
    """
    journeys, path, paths = evidence.journeys, evidence.path, evidence.paths
    if journeys is None or path is None or evidence.channel is None:
        return None
    rows = np.flatnonzero(journeys.converted)
    offsets, touch = take(journeys.offsets, journeys.touch, rows)
    _, codes = take(paths.offsets, paths.codes, path[rows])
    _, age = take(journeys.offsets, journeys.age, rows)
    direct = None
    if direct_channels is not None:
        is_direct = are_named(evidence.channel.keys, direct_channels)
        direct = np.concatenate([is_direct, [False]])[evidence.channel.codes[touch]]
    return ConvertingJourneys(
        steps=PathSteps(offsets, codes, len(paths.keys), age=age, direct=direct),
        touch=touch,
        conversion=journeys.conversion[rows],
        value=journeys.value[rows],
    )
