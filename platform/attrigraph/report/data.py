"""The data of a report, collected before the page is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.summary import Flow, PathRow
    from attrigraph.domain import Attribution, Experiment, Robustness
    from attrigraph.report.changes import EarlierRun
    from attrigraph.report.kinds import KindOnPage
    from attrigraph.worlds.truth import Truth


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What became of the rows of one load.

    Attributes:
        files: their names, without folders.
        finished: when it ended, UTC.
        read: rows of the files.
        taken: rows that were taken.
        rejected: rows that were not.
        rejects: name of the file that lists those; None without any.
        notes: sentences about what a reader may not expect.
        duplicates: rows equal to one that was taken.
        ignored: rows that the mapping leaves out.
        merged: rows that became part of another row, such as visits of one session.
        why_rejected: of each file with rejected rows, how many and why most of them.
    """

    files: tuple[str, ...]
    finished: datetime
    read: int
    taken: int
    rejected: int
    rejects: str | None = None
    notes: tuple[str, ...] = ()
    duplicates: int = 0
    ignored: int = 0
    merged: int = 0
    why_rejected: tuple[str, ...] = ()


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
        period: first and last day of the data or of the window, UTC; None without times.
        earlier: the run before, of the same kind of conversions; None if there is none.
        loads: the latest loads, newest first.
        experiments: those that the run had, used or left out.
        kinds: the kinds of conversions in the window, by falling value; empty if they are unknown.
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
    period: tuple[date, date] | None = None
    earlier: EarlierRun | None = None
    loads: tuple[LoadOutcome, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    kinds: tuple[KindOnPage, ...] = ()
