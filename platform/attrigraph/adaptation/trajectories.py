"""Predictions that wait for feedback, which comes hours or days later, or never."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from attrigraph.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CAPACITY: Final = 10_000
EXPIRY_SECONDS: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A prediction that was served.

    Attributes:
        id: its name, unique.
        x: features ``[n_features]``.
        frozen: scores of the frozen model ``[n_outputs]``.
        served: prediction ``[n_outputs]``.
        at: seconds since 1970.
        propensity: probability of the decision, if it was one.
        context: embedding of the context, if it has one.
    """

    id: str
    x: Floats
    frozen: Floats
    served: Floats
    at: float
    propensity: float | None = None
    context: Floats | None = None


class Absence(StrEnum):
    """Why no prediction waits for a feedback."""

    UNKNOWN = "unknown"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    DROPPED = "dropped"


class TrajectoryStore(Protocol):
    """Keeps predictions until their feedback comes."""

    def add(self, trajectory: Trajectory) -> None:
        """Keep a prediction; beyond the capacity the oldest is dropped."""
        ...

    def take(self, trajectory_id: str, *, at: float) -> Trajectory | Absence:
        """Hand out a prediction, once: of two workers at the same time one gets it."""
        ...


class MemoryTrajectories:
    """A ``TrajectoryStore`` in memory, for one thread.

    It remembers as many ids that are answered, expired or dropped as it may keep predictions; older
    ones are unknown.
    """

    def __init__(self, *, capacity: int = CAPACITY, expiry_seconds: float = EXPIRY_SECONDS) -> None:
        self.capacity = capacity
        self.expiry_seconds = expiry_seconds
        self._waiting: OrderedDict[str, Trajectory] = OrderedDict()
        self._gone: OrderedDict[str, Absence] = OrderedDict()

    def __len__(self) -> int:
        """Number of predictions that wait."""
        return len(self._waiting)

    def add(self, trajectory: Trajectory) -> None:
        """Keep a prediction.

        Raises:
            InputError: its id was given before.
        """
        if trajectory.id in self._waiting or trajectory.id in self._gone:
            raise InputError(f"trajectory {trajectory.id!r} was added before: give it another id")
        self._waiting[trajectory.id] = trajectory
        if len(self._waiting) > self.capacity:
            self._remove(next(iter(self._waiting)), Absence.DROPPED)

    def take(self, trajectory_id: str, *, at: float) -> Trajectory | Absence:
        """Hand out a prediction, once, at most ``expiry_seconds`` after it was made."""
        trajectory = self._waiting.get(trajectory_id)
        if trajectory is None:
            return self._gone.get(trajectory_id, Absence.UNKNOWN)
        if at - trajectory.at > self.expiry_seconds:
            self._remove(trajectory_id, Absence.EXPIRED)
            return Absence.EXPIRED
        self._remove(trajectory_id, Absence.DUPLICATE)
        return trajectory

    def expire(self, *, at: float) -> int:
        """Remove all predictions that are too old; returns their number."""
        old = [t.id for t in self._waiting.values() if at - t.at > self.expiry_seconds]
        for trajectory_id in old:
            self._remove(trajectory_id, Absence.EXPIRED)
        return len(old)

    def _remove(self, trajectory_id: str, reason: Absence) -> None:
        del self._waiting[trajectory_id]
        self._gone[trajectory_id] = reason
        if len(self._gone) > self.capacity:
            self._gone.popitem(last=False)
