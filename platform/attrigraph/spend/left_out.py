"""Spend on channels, campaigns and creatives whose touches an answer leaves out."""

from __future__ import annotations

from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain.columns import Categorical
from attrigraph.domain.plain_names import plain_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from attrigraph.domain import Level, SpendDays
    from attrigraph.domain.columns import Rows
    from attrigraph.spend.touch_groups import TouchGroups


LEVEL_OF: Final[Mapping[str, Level]] = MappingProxyType(
    {
        "channel": "channel",
        "campaign": "campaign",
        "campaign_name": "campaign",
        "creative": "creative",
    }
)
"""Columns of spend, and the level whose names they hold."""


def without_left_out(
    days: SpendDays,
    left_out: Mapping[Level, Collection[str]],
    groups: TouchGroups,
    campaign_names: Mapping[str, str],
) -> SpendDays:
    """The spend without the rows that name something left out, by id or in plain form.

    Args:
        days: spend per day.
        left_out: channels, campaigns and creatives of which every touch is left out; none for all
            of the spend.
        groups: the touches that are not left out; what they have of the same plain form stays.
        campaign_names: names of campaigns by id, where they are known.
    """
    dropped = np.zeros(len(days), bool)
    for name, level in LEVEL_OF.items():
        known = campaign_names if name == "campaign_name" else {}
        plain = _plain(left_out.get(level, ()), known) - _plain(_occurring(groups, level), known)
        column: Categorical = getattr(days, name)
        dropped |= np.array([*(plain_name(key) in plain for key in column.keys), False])[
            column.codes
        ]
    return _rows(days, np.flatnonzero(~dropped)) if dropped.any() else days


def _plain(keys: Collection[str], names: Mapping[str, str]) -> set[str]:
    return {plain_name(name) for key in keys for name in (key, names.get(key, key))}


def _occurring(groups: TouchGroups, level: Level) -> list[str]:
    keys = groups.keys.get(level, ())
    return [keys[code] for code in np.unique(groups.codes[level]) if code >= 0] if keys else []


def _rows(days: SpendDays, rows: Rows) -> SpendDays:
    columns = {one.name: _taken(getattr(days, one.name), rows) for one in fields(days)}
    return type(days)(**columns)


def _taken(column: Any, rows: Rows) -> Any:
    if isinstance(column, Categorical):
        return Categorical(column.keys, column.codes[rows])
    return column[rows]
