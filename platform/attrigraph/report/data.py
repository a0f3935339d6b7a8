"""The data of a report, collected before the page is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.summary import Flow, PathRow
    from attrigraph.domain import Attribution, Robustness
    from attrigraph.worlds.truth import Truth


@dataclass(frozen=True, slots=True, eq=False)
class ReportData:
    """All data of the page.

    Attributes:
        source: short description of the data, such as the names of the files.
        written: when the page was created, with a time zone.
        levels: one attribution each for channel, campaign and creative, if the data have them.
        top_paths: channel paths with the most conversions.
        converting_by_length: journeys that converted, by number of touches.
        others_by_length: journeys that did not convert, by number of touches.
        days_to_conversion: days from first touch to conversion; empty without times.
        flows: the first steps of all journeys.
        costs: by level, cost of the touches of each key, currency; keys without a known cost are
            missing.
        settings: the run's inputs and settings, as the page shows them.
        truth: what marketing caused, if the data are a simulated world; else None.
        robustness: how the decision moves with data and choices; None if that was not checked.
    """

    source: str
    written: datetime
    levels: tuple[Attribution, ...]
    top_paths: tuple[PathRow, ...]
    converting_by_length: NDArray[np.float64]
    others_by_length: NDArray[np.float64]
    days_to_conversion: NDArray[np.float64]
    flows: tuple[Flow, ...]
    costs: Mapping[str, Mapping[str | None, float]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    truth: Truth | None = None
    robustness: Robustness | None = None
