"""What campaigns brought by the current attribution run, with the days that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.graph.names import record_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import Driver

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class CampaignValues:
    """Attributed value.

    Attributes:
        values: by campaign id, currency; empty where there is no run.
        start: first day; None where the run has no start.
        end: last day; None where it has no end.
    """

    values: Mapping[str, float]
    start: np.datetime64 | None
    end: np.datetime64 | None


def read_campaign_values(driver: Driver, model: str) -> CampaignValues:
    """Values that the data can answer, of one model of the current run.

    Args:
        driver: an open driver.
        model: its name.
    """
    record = record_of(driver, "fatigue/read_campaign_values", {"model": model})
    start, end = record["start"], record["end"]
    return CampaignValues(
        dict(zip(record["id"], record["value"], strict=True)),
        None if start < 0 else np.datetime64(start // DAY_MS, "D"),
        # the end of a window is exclusive
        None if end < 0 else np.datetime64((end - 1) // DAY_MS, "D"),
    )
