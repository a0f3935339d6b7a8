"""Events as columns: the parameters of the statements in ``cypher/ingest``.

Repeated strings are sent as codes into a list whose last value is null. Cypher reads code -1, which
represents a missing string, as the last value of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import NO_TIME, Categorical, Conversions, Touches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import StringArray
    from attrigraph.domain.event_properties import EventProperties

    Rows = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Instants = tuple[NDArray[np.int64], NDArray[np.int32]]  # epoch milliseconds, nanoseconds


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What each touch served: its creative, else its campaign, else its channel.

    Attributes:
        creatives: ids of the creatives served, distinct and sorted.
        campaigns: ids of the campaigns served by touches whose creative is unknown.
        channels: names of the channels served by touches without creative and campaign.
        codes: int64 ``[n]``, index into the three lists concatenated, -1 where nothing is known.
    """

    creatives: tuple[str, ...]
    campaigns: tuple[str, ...]
    channels: tuple[str, ...]
    codes: NDArray[np.int64]

    @property
    def text(self) -> StringArray:
        """Object ``[n]``: level and id or name, as ``ingest/read_touches`` returns them."""
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
        keys, key_codes = _in_use(column, rows)
        codes[rows] = key_codes + sum(len(previous) for previous in lists)
        lists.append(keys)
    return Served(lists[0], lists[1], lists[2], codes)


def _in_use(column: Categorical, rows: Flags) -> tuple[tuple[str, ...], Rows]:
    """The keys of some rows, sorted, and for each of those rows the index of its key."""
    used, row_codes = np.unique(column.codes[rows], return_inverse=True)
    keys = [column.keys[code] for code in used]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    return tuple(keys[i] for i in order), rank[row_codes]


def touch_columns(touches: Touches, customers: StringArray, runs: Rows) -> dict[str, Any]:
    """The parameters of ``ingest/create_touches``.

    Args:
        touches: n touches to create.
        customers: ids of customers that ``touches.customer`` points to.
        runs: the first row of each run of consecutive touches, ascending from 0.
    """
    served_by = served(touches)
    ends = np.append(runs[1:], len(touches))
    return {
        "creatives": list(served_by.creatives),
        "campaigns": list(served_by.campaigns),
        "channels": list(served_by.channels),
        "customer": customers[touches.customer[runs]].tolist(),
        "lo": runs,
        "hi": ends - 1,
        "id": touches.id.tolist(),
        **_times(touches),
        "position": touches.position,
        **_coded("kind", "kinds", touches.kind),
        **_coded("channel", "channelNames", touches.channel),
        "cost": _nullable(touches.cost, np.isnan(touches.cost)),
        "costShare": _cost_shares(touches),
        **_ids("identity", "identities", touches.identity, len(touches)),
        **_ids("userId", "userIds", touches.user_id, len(touches)),
        **_properties(touches.properties, len(touches)),
        "served": served_by.codes,
        "delta": _seconds_since_previous(touches),
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
        **_times(conversions),
        "position": conversions.position,
        **_coded("kind", "kinds", conversions.kind),
        "value": conversions.value,
        **_ids("identity", "identities", conversions.identity, len(conversions)),
        **_ids("userId", "userIds", conversions.user_id, len(conversions)),
        "order": _list(conversions.order_id),
        "message": _list(conversions.message_id),
        **_properties(conversions.properties, len(conversions)),
    }


def _list(column: StringArray | None) -> list[str | None]:
    """A column of texts; empty if it has none."""
    return [] if column is None else column.tolist()


def _cost_shares(touches: Touches) -> list[float | None]:
    """Shares of costs that are known, None where it is 1; empty if it is 1 throughout."""
    shares = touches.cost_share
    return [] if shares is None else [None if one == 1 else one for one in shares.tolist()]


def _properties(properties: EventProperties | None, count: int) -> dict[str, Any]:
    """Distinct properties as maps, an empty one last, and which of them each touch has."""
    if properties is None:
        return {"properties": [{}], "property": np.full(count, -1)}
    used = properties.in_use()
    return {"properties": [*map(dict, used.combinations), {}], "property": used.codes}


def _ids(codes: str, keys: str, column: StringArray | None, count: int) -> dict[str, Any]:
    """A column of ids as two parameters, where it is known."""
    if column is None:
        return {keys: [None], codes: np.full(count, -1)}
    return _coded(codes, keys, Categorical.encode(column))


def _seconds_since_previous(touches: Touches) -> list[int | None]:
    time, nanosecond = touches.time, touches.nanosecond
    return seconds_between(
        (np.append(time[:1], time[:-1]), np.append(nanosecond[:1], nanosecond[:-1])),
        (time, nanosecond),
    )


def seconds_between(earlier: Instants, later: Instants) -> list[int | None]:
    """Whole seconds between two times, None where a time is missing."""
    seconds = whole_seconds(earlier, later)
    listed: list[int | None] = seconds.tolist()
    missing = seconds == NO_TIME
    if missing.any():
        return [None if gap else value for gap, value in zip(missing, listed, strict=True)]
    return listed


def whole_seconds(earlier: Instants, later: Instants) -> NDArray[np.int64]:
    """Whole seconds from one time to another, ``NO_TIME`` where a time is missing."""
    (start, start_nanosecond), (end, end_nanosecond) = earlier, later
    missing = (start == NO_TIME) | (end == NO_TIME)
    with np.errstate(over="ignore"):
        elapsed = end - start - (end_nanosecond < start_nanosecond)
        return np.where(missing, NO_TIME, elapsed // 1000)


def _times(events: Touches | Conversions) -> dict[str, Any]:
    """Epoch milliseconds, and nanoseconds within the second if a time is finer than those."""
    time, nanosecond = events.time, events.nanosecond
    return {
        "time": _nullable(time, time == NO_TIME),
        "nanosecond": time % 1000 * 1_000_000 + nanosecond if nanosecond.any() else [],
    }


def _nullable(column: NDArray[Any], missing: Flags) -> Any:
    """The column itself if nothing is missing, else a list with None for missing values."""
    if not missing.any():
        return column
    nullable = column.astype(object)
    nullable[missing] = None
    return nullable.tolist()


def _coded(codes: str, keys: str, column: Categorical) -> dict[str, Any]:
    """A string column as two parameters: the keys in use, with null last, and the codes."""
    used, row_codes = np.unique(column.codes, return_inverse=True)
    names = [column.keys[code] if code >= 0 else None for code in used]
    return {keys: [*names, None], codes: row_codes}
