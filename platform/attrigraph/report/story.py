"""What a report tells, gathered before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.summary import Flow, PathRow
    from attrigraph.domain import Attribution
    from attrigraph.worlds.truth import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """Everything on the page.

    Attributes:
        source: what was attributed, in a few words, such as the names of the files.
        written: when the page was made, with a time zone.
        levels: one attribution each for channel, campaign, creative, as far as the data know them.
        top_paths: channel paths with most conversions.
        converting_by_length: journeys that converted, by number of touches.
        others_by_length: journeys that did not, by number of touches.
        days_to_conversion: days from first touch to conversion; empty where times are missing.
        flows: the first steps of all journeys.
        costs: by level, what each key's touches cost, currency; keys without a known cost are
            left out.
        settings: the run's inputs and settings, as the page shows them.
        truth: what marketing caused, where the data are a simulated world's; else None.
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
