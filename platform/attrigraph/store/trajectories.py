"""Predictions that wait for feedback in Postgres, and the log of those that have had it.

All is done in the transaction of a connection: where that is rolled back, or its process killed, a
prediction waits as before. Predictions of one adapter may be added while another transaction learns
from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from attrigraph.adaptation.trajectories import (
    CAPACITY,
    EXPIRY_SECONDS,
    Absence,
    Feedback,
    Trajectory,
    added_before,
)
from attrigraph.store.models import FEEDBACK_NUMBERS, LoggedPrediction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement, Connection, Row, Select

    Floats = NDArray[np.float64]

_ABSENCES: Final = {
    "answered": Absence.DUPLICATE,
    "expired": Absence.EXPIRED,
    "dropped": Absence.DROPPED,
}


class PostgresTrajectories:
    """A ``TrajectoryStore`` of one adapter, whose row must exist.

    It keeps as many predictions that are answered, expired or dropped as may wait; the oldest are
    deleted.

    Args:
        connection: in whose transaction all is done.
        adapter: name of the adapter.
        capacity: predictions that may wait.
        expiry_seconds: how long one may wait.
    """

    def __init__(
        self,
        connection: Connection,
        adapter: str,
        *,
        capacity: int = CAPACITY,
        expiry_seconds: float = EXPIRY_SECONDS,
    ) -> None:
        self.connection = connection
        self.adapter = adapter
        self.capacity = capacity
        self.expiry_seconds = expiry_seconds

    def add(self, *trajectories: Trajectory) -> None:
        """Keep predictions.

        Raises:
            InputError: an id was given before; the caller must roll back.
        """
        rows = [{"adapter": self.adapter, "status": "waiting", **_row(t)} for t in trajectories]
        if not rows:
            return
        statement = insert(LoggedPrediction).on_conflict_do_nothing().returning(LoggedPrediction.id)
        added = set(self.connection.scalars(statement, rows))
        for trajectory in trajectories:
            if trajectory.id not in added:
                raise added_before(trajectory.id)
        self._drop_oldest()

    def answer(self, trajectory_id: str, feedback: Feedback) -> Trajectory | Absence:
        """Hand out a prediction, once, at most ``expiry_seconds`` after it was made."""
        one = and_(self._is("waiting"), LoggedPrediction.id == trajectory_id)
        in_time = LoggedPrediction.at >= feedback.at - self.expiry_seconds
        values = {
            "status": "answered",
            "feedback": FEEDBACK_NUMBERS.next_value(),
            "observed": _bytes(feedback.observed),
            "observed_at": feedback.at,
            "weight": feedback.weight,
            "score_offset": _bytes(np.atleast_1d(feedback.offset)),
        }
        statement = update(LoggedPrediction).where(one, in_time).values(values)
        found = self.connection.execute(statement.returning(LoggedPrediction)).one_or_none()
        if found is not None:
            return _trajectory(found)
        self.connection.execute(update(LoggedPrediction).where(one).values(status="expired"))
        status = self.connection.scalar(
            select(LoggedPrediction.status).where(
                LoggedPrediction.adapter == self.adapter, LoggedPrediction.id == trajectory_id
            )
        )
        return Absence.UNKNOWN if status is None else _ABSENCES[status]

    def expire(self, *, at: float) -> int:
        """Mark all predictions that are too old; returns their number."""
        old = LoggedPrediction.at < at - self.expiry_seconds
        found = self.connection.execute(
            update(LoggedPrediction).where(self._is("waiting"), old).values(status="expired")
        )
        return found.rowcount

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those ids that were given before, and are not forgotten."""
        of_adapter = LoggedPrediction.adapter == self.adapter
        statement = select(LoggedPrediction.id).where(of_adapter)
        return set(self.connection.scalars(statement)).intersection(ids)

    def waiting(self) -> list[Trajectory]:
        """Predictions without feedback, the oldest first."""
        oldest = self._rows("waiting").order_by(LoggedPrediction.at, LoggedPrediction.id)
        return [_trajectory(row) for row in self.connection.execute(oldest)]

    def recent(self, n: int | None = None) -> list[tuple[Trajectory, Feedback]]:
        """The up to n predictions that were answered last, the last one at the end; None for all.

        The order is that in which their feedback was learnt.
        """
        newest = self._rows("answered").order_by(LoggedPrediction.feedback.desc()).limit(n)
        rows = reversed(self.connection.execute(newest).all())
        return [(_trajectory(row), _feedback(row)) for row in rows]

    def _drop_oldest(self) -> None:
        """Drop what is beyond the capacity, and forget the oldest of what is gone."""
        # locked rows are being answered or dropped by others
        newest_first = (LoggedPrediction.at.desc(), LoggedPrediction.id)
        ids = select(LoggedPrediction.id).order_by(*newest_first).offset(self.capacity)
        beyond = ids.where(self._is("waiting")).with_for_update(skip_locked=True)
        self.connection.execute(
            update(LoggedPrediction)
            .where(LoggedPrediction.adapter == self.adapter, LoggedPrediction.id.in_(beyond))
            .values(status="dropped")
        )
        gone = ids.where(self._is("answered", "expired", "dropped"))
        self.connection.execute(
            delete(LoggedPrediction).where(
                LoggedPrediction.adapter == self.adapter,
                LoggedPrediction.id.in_(gone.with_for_update(skip_locked=True)),
            )
        )

    def _rows(self, status: str) -> Select[Any]:
        return select(*LoggedPrediction.__table__.columns).where(self._is(status))

    def _is(self, *status: str) -> ColumnElement[bool]:
        return and_(LoggedPrediction.adapter == self.adapter, LoggedPrediction.status.in_(status))


def _row(trajectory: Trajectory) -> dict[str, Any]:
    context = trajectory.context
    return {
        "id": trajectory.id,
        "at": trajectory.at,
        "x": _bytes(trajectory.x),
        "frozen": _bytes(trajectory.frozen),
        "served": _bytes(trajectory.served),
        "propensity": trajectory.propensity,
        "context": None if context is None else _bytes(context),
    }


def _trajectory(row: Row[Any]) -> Trajectory:
    return Trajectory(
        row.id,
        _floats(row.x),
        _floats(row.frozen),
        _floats(row.served),
        row.at,
        row.propensity,
        None if row.context is None else _floats(row.context),
    )


def _feedback(row: Row[Any]) -> Feedback:
    offset = _floats(row.score_offset)
    return Feedback(_floats(row.observed), row.observed_at, row.weight, offset)


def _bytes(values: Floats) -> bytes:
    return values.astype("<f8").tobytes()


def _floats(values: bytes) -> Floats:
    return np.frombuffer(values, "<f8").astype(np.float64)
