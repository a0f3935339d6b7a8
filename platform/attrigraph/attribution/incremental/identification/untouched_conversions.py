"""Conversions of people whom marketing had not touched: the least that the baseline can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attrigraph.attribution.incremental.histories import Histories


def untouched_conversions(histories: Histories) -> int:
    """Number of conversions that no touch of marketing precedes, at any age.

    A touch at the time of the conversion counts as earlier: it may be part of the purchase.
    """
    is_marketing = np.ones(len(histories.key), dtype=bool)
    if histories.marketing is not None:
        is_marketing = histories.marketing[histories.key]
    first = np.full(histories.customers, np.inf)
    np.minimum.at(first, histories.customer[is_marketing], histories.time[is_marketing])
    return int((first[histories.converter] > histories.converted).sum())
