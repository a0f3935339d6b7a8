"""Scores of fatigue on creatives, which readers see when their run is published.

All scores of a run are written in the transaction that publishes it, so that readers see those of
one run, and a process that is killed leaves those of the run before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import epoch_ms
from attrigraph.errors import InputError, StoreError
from attrigraph.graph.names import record_of
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from neo4j import Driver
    from numpy.typing import NDArray

    from attrigraph.graph.runs import JobLock

    Floats = NDArray[np.float64]
    Amounts = Sequence[float | None]

JOB: Final = "fatigue"
"""The name of the job in the graph and the job history."""

AT_ONCE: Final = 5_000
"""Creatives per statement."""

CURVE_POINTS: Final = 10
"""Points of a decay curve: after 3, 6, .., 30 days."""


@dataclass(frozen=True, slots=True, eq=False)
class CreativeScores:
    """Scores of creatives as columns of length n.

    Amounts of money are in one currency; None where they are not known.

    Attributes:
        as_of: last day of the figures that they follow from.
        currency: code of the currency of losses; None where it is not known.
        creatives: ids of creatives, each once.
        score: how tired, 0 to 1.
        days_remaining: days until it is tired, 0 to 30.
        days_low: lower end of their interval.
        days_high: upper end of it.
        capped: whether more days are left than are forecast.
        decay_curve: response ratio after 3, 6, .., 30 days ``[n, 10]``.
        confidence: 1 - width of the interval / 30.
        p_tired_7d: probability to be tired within 7 days; None where it is not known.
        loss_per_day: expected loss on the next day.
        loss_per_week: expected loss in the next week.
        loss_low: lower end of its interval.
        loss_high: upper end of it.
        loss_by_siblings: part of the weekly loss that similar creatives cause.
        loss_basis: how losses are valued.
        element: kind of the element to change; None where none lowers the rate.
        method: name of the method.
        reasons: codes of why not to rely on the scores; empty where there are none.
    """

    as_of: date
    currency: str | None
    creatives: Sequence[str]
    score: Floats
    days_remaining: Floats
    days_low: Floats
    days_high: Floats
    capped: NDArray[np.bool_]
    decay_curve: Floats
    confidence: Floats
    p_tired_7d: Amounts
    loss_per_day: Amounts
    loss_per_week: Amounts
    loss_low: Amounts
    loss_high: Amounts
    loss_by_siblings: Amounts
    loss_basis: Sequence[str | None]
    element: Sequence[str | None]
    method: Sequence[str]
    reasons: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.creatives)

    def columns(self) -> dict[str, list[Any]]:
        """The columns as parameters of the statement that writes them.

        Raises:
            InputError: a column has another length, a creative occurs twice, or a number is NaN,
                infinite or not in its range.
        """
        columns = {
            "creative": list(self.creatives),
            "score": self.score.tolist(),
            "days": self.days_remaining.tolist(),
            "daysLow": self.days_low.tolist(),
            "daysHigh": self.days_high.tolist(),
            "capped": self.capped.tolist(),
            "curve": self.decay_curve.tolist(),
            "confidence": self.confidence.tolist(),
            "tired": list(self.p_tired_7d),
            "lossPerDay": list(self.loss_per_day),
            "loss": list(self.loss_per_week),
            "lossLow": list(self.loss_low),
            "lossHigh": list(self.loss_high),
            "bySiblings": list(self.loss_by_siblings),
            "basis": list(self.loss_basis),
            "element": list(self.element),
            "method": list(self.method),
            "reasons": [list(codes) for codes in self.reasons],
        }
        self._check(columns)
        return columns

    def _check(self, columns: dict[str, list[Any]]) -> None:
        for name, column in columns.items():
            if len(column) != len(self):
                raise InputError(
                    f"each column of scores needs {counted(len(self), 'value')}, one per creative, "
                    f"got {len(column)} of {name}"
                )
        if len(set(self.creatives)) < len(self):
            raise InputError("a creative has two rows of scores; give each creative once")
        if self.decay_curve.shape != (len(self), CURVE_POINTS):
            raise InputError(
                f"decay curves must have the shape ({len(self)}, {CURVE_POINTS}), got "
                f"{self.decay_curve.shape}"
            )
        for name, most in _RANGES.items():
            self._check_range(name, most)

    def _check_range(self, name: str, most: float | None) -> None:
        """Check numbers to be finite, and to be from 0 to ``most`` where there is one."""
        values = [np.nan if value is None else value for value in getattr(self, name)]
        table = np.asarray(values, np.float64).reshape(len(self), -1)
        missing = np.array([value is None for value in getattr(self, name)], bool)
        good = np.isfinite(table)
        if most is not None:
            good &= (table >= 0) & (table <= most)
        bad = ~good.all(axis=1) & ~missing
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            bounds = "finite" if most is None else f"a number from 0 to {most:g}"
            raise InputError(
                f"{name} must be {bounds}, got {getattr(self, name)[row]} for creative "
                f"{self.creatives[row]!r}"
            )


_RANGES: Final = {
    "score": 1.0,
    "days_remaining": 30.0,
    "days_low": 30.0,
    "days_high": 30.0,
    "decay_curve": 1.0,
    "confidence": 1.0,
    "p_tired_7d": 1.0,
    "loss_per_day": None,
    "loss_per_week": None,
    "loss_low": None,
    "loss_high": None,
    "loss_by_siblings": None,
}
"""Columns of numbers, and the largest value of those that have one; the least is 0 then."""


def write_scores(lock: JobLock, run: str, scores: CreativeScores) -> None:
    """Write the scores of a run, and remove those of creatives that it does not score.

    Readers see them when the run is published, all at once.

    Args:
        lock: of the job.
        run: the run's id.
        scores: of creatives.

    Raises:
        InputError: a score is not what it should be; nothing is written.
        StoreError: a creative was deleted, or the server fails.
    """
    columns = scores.columns()
    common = {
        "run": run,
        "asOf": scores.as_of,
        "written": epoch_ms(datetime.now(UTC)),
        "currency": scores.currency,
    }
    written = 0
    for start in range(0, len(scores), AT_ONCE):
        part = {name: column[start : start + AT_ONCE] for name, column in columns.items()}
        written += lock.write("fatigue/write_scores", common | part)["written"]
    if written != len(scores):
        raise StoreError(
            f"{counted(len(scores) - written, 'creative')} of the scores: the graph no longer has "
            "them; try again when nothing else changes the graph"
        )
    lock.write("fatigue/clear_scores", {"run": run})


def count_scores(driver: Driver, run: str) -> int:
    """How many creatives have the scores of a run."""
    return int(record_of(driver, "fatigue/count_scores", {"run": run})["creatives"])
