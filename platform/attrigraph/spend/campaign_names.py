"""Names of campaigns by id, as tables of campaigns and rows of spend and claims have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.domain import ClaimDays, SpendDays


def campaign_names(days: SpendDays | ClaimDays, known: Mapping[str, str]) -> dict[str, str]:
    """Names that are known, else the last that a day has.

    Args:
        days: sorted by date.
        known: names by id, which take precedence.
    """
    both = np.flatnonzero((days.campaign.codes >= 0) & (days.campaign_name.codes >= 0))[::-1]
    ids, last = np.unique(days.campaign.codes[both], return_index=True)
    names = days.campaign_name.codes[both][last]
    of_days = {
        str(days.campaign.keys[one]): str(days.campaign_name.keys[name])
        for one, name in zip(ids, names, strict=True)
    }
    return {**of_days, **known}
