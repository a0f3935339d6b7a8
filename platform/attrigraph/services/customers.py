"""Facts about customers, gathered into the one table that the incremental model joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain import CustomerAttributes

if TYPE_CHECKING:
    from collections.abc import Iterable


def one_table(batches: Iterable[CustomerAttributes]) -> CustomerAttributes | None:
    """Batches of facts about customers as one table; None where there are none.

    Args:
        batches: all with the same columns.
    """
    parts = [batch for batch in batches if len(batch)]
    if not parts:
        return None
    return CustomerAttributes(
        customers=np.concatenate([part.customers for part in parts]),
        bucket=np.concatenate([part.bucket for part in parts]),
        columns={
            name: np.concatenate([part.columns[name] for part in parts])
            for name in parts[0].columns
        },
    )
