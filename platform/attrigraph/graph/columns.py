"""Facts as the columns of parameters that the statements of ``cypher/ingest`` take.

Texts of few kinds travel as codes into a list whose last value is null: Cypher reads the code -1,
which stands for a missing text, as the last value of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import NO_TIME, Categorical, Conversions, Touches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import StringArray

    Rows = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What each touch served: the most specific thing known.

    Attributes:
        creatives: ids of the creatives served, each once, sorted.
        campaigns: ids of the campaigns served by touches whose creative is unknown.
        channels: names of the channels served by touches of which nothing else is known.
        codes: int64 ``[n]``, place in the three lists taken together, -1 where nothing is known.
    """

    creatives: tuple[str, ...]
    campaigns: tuple[str, ...]
    channels: tuple[str, ...]
    codes: NDArray[np.int64]

    @property
    def text(self) -> StringArray:
        """Object ``[n]``: what it is and its id or name, as ``ingest/read_touches`` says it."""
        texts = [
            *(f"creative {key}" for key in self.creatives),
            *(f"campaign {key}" for key in self.campaigns),
            *(f"channel {key}" for key in self.channels),
            "",
        ]
        return np.array(texts, dtype=object)[self.codes]


def served(touches: Touches) -> Served:
    """What each of the touches served."""
    creative = touches.creative.codes >= 0
    campaign = (touches.campaign.codes >= 0) & ~creative
    channel = (touches.channel.codes >= 0) & ~creative & ~campaign
    codes = np.full(len(touches), -1, np.int64)
    lists: list[tuple[str, ...]] = []
    for column, rows in (
        (touches.creative, creative),
        (touches.campaign, campaign),
        (touches.channel, channel),
    ):
        keys, places = _in_use(column, rows)
        codes[rows] = places + sum(len(before) for before in lists)
        lists.append(keys)
    return Served(lists[0], lists[1], lists[2], codes)


def _in_use(column: Categorical, rows: Flags) -> tuple[tuple[str, ...], Rows]:
    """The keys that some rows use, sorted, and for each of those rows its key's place."""
    used, places = np.unique(column.codes[rows], return_inverse=True)
    keys = [column.keys[code] for code in used]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    return tuple(keys[place] for place in order), rank[places]


def touch_columns(touches: Touches, customers: StringArray, runs: Rows) -> dict[str, Any]:
    """The parameters of ``ingest/create_touches``.

    Args:
        touches: n touches to create.
        customers: ids of customers that ``touches.customer`` points to.
        runs: the first row of each run of touches that follow each other, rising from 0.
    """
    what = served(touches)
    ends = np.append(runs[1:], len(touches))
    return {
        "creatives": list(what.creatives),
        "campaigns": list(what.campaigns),
        "channels": list(what.channels),
        "customer": customers[touches.customer[runs]].tolist(),
        "lo": runs,
        "hi": ends - 1,
        "id": touches.id.tolist(),
        "time": _times(touches.time),
        "position": touches.position,
        **_coded("kind", "kinds", touches.kind),
        **_coded("channel", "channelNames", touches.channel),
        "cost": _nullable(touches.cost, np.isnan(touches.cost)),
        "served": what.codes,
        "delta": seconds_between(
            np.concatenate([touches.time[:1], touches.time[:-1]]), touches.time
        ),
    }


def conversion_columns(conversions: Conversions, customers: StringArray) -> dict[str, Any]:
    """The parameters of ``ingest/create_conversions``.

    Args:
        conversions: conversions to create.
        customers: ids of customers that ``conversions.customer`` points to.
    """
    return {
        "customer": customers[conversions.customer].tolist(),
        "id": conversions.id.tolist(),
        "time": _times(conversions.time),
        "position": conversions.position,
        **_coded("kind", "kinds", conversions.kind),
        "value": conversions.value,
    }


def seconds_between(earlier: NDArray[np.int64], later: NDArray[np.int64]) -> list[int | None]:
    """Whole seconds from one time to another, None where a time is missing."""
    missing = (earlier == NO_TIME) | (later == NO_TIME)
    with np.errstate(over="ignore"):
        seconds = (later - earlier) // 1000
    spelled: list[int | None] = seconds.tolist()
    if missing.any():
        return [None if gap else value for gap, value in zip(missing, spelled, strict=True)]
    return spelled


def _times(time: NDArray[np.int64]) -> Any:
    return _nullable(time, time == NO_TIME)


def _nullable(column: NDArray[Any], missing: Flags) -> Any:
    """The column as it is where nothing is missing, else a list with None in those places."""
    if not missing.any():
        return column
    spelled = column.astype(object)
    spelled[missing] = None
    return spelled.tolist()


def _coded(codes: str, keys: str, column: Categorical) -> dict[str, Any]:
    """A text column under two parameters: the keys in use, null last, and the codes."""
    used, places = np.unique(column.codes, return_inverse=True)
    named = [column.keys[code] if code >= 0 else None for code in used]
    return {keys: [*named, None], codes: places}
