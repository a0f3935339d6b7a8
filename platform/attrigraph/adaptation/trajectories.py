"""Predictions that wait for feedback, which comes hours or days later, or never."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CAPACITY: Final = 10_000
EXPIRY_SECONDS: Final = 30 * 86_400.0
RECENT: Final = 100
"""Feedbacks that are kept to compare adapters."""


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


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was observed after a prediction.

    Attributes:
        observed: one number per output ``[n_outputs]``.
        at: seconds since 1970.
        weight: of the gradient, before the inverse of the propensity.
        offset: added to the frozen scores, one number or one per output, such as the log of
            impressions: what scales the prediction and is known only now.
    """

    observed: Floats
    at: float
    weight: float = 1.0
    offset: float | Floats = 0.0


class Absence(StrEnum):
    """Why no prediction waits for a feedback."""

    UNKNOWN = "unknown"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    DROPPED = "dropped"


class TrajectoryStore(Protocol):
    """Keeps predictions until their feedback comes."""

    def add(self, *trajectories: Trajectory) -> None:
        """Keep predictions; beyond the capacity the oldest are dropped."""
        ...

    def answer(self, trajectory_id: str, feedback: Feedback) -> Trajectory | Absence:
        """Hand out a prediction for its feedback, once: of two workers one gets it."""
        ...

    def expire(self, *, at: float) -> int:
        """Remove all predictions that are too old; returns their number."""
        ...

    def waiting(self) -> list[Trajectory]:
        """Predictions without feedback, the oldest first."""
        ...

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those ids that were given before, and are not forgotten."""
        ...

    def recent(self, n: int) -> list[tuple[Trajectory, Feedback]]:
        """The up to n predictions that were answered last, the last one at the end."""
        ...


class MemoryTrajectories:
    """A ``TrajectoryStore`` in memory, for one thread.

    It remembers as many ids that are answered, expired or dropped as it may keep predictions, and
    the last ``RECENT`` feedbacks.
    """

    def __init__(self, *, capacity: int = CAPACITY, expiry_seconds: float = EXPIRY_SECONDS) -> None:
        self.capacity = capacity
        self.expiry_seconds = expiry_seconds
        self._waiting: OrderedDict[str, Trajectory] = OrderedDict()
        self._gone: OrderedDict[str, Absence] = OrderedDict()
        self._recent: deque[tuple[Trajectory, Feedback]] = deque(maxlen=RECENT)

    def __len__(self) -> int:
        """Number of predictions that wait."""
        return len(self._waiting)

    def add(self, *trajectories: Trajectory) -> None:
        """Keep predictions.

        Raises:
            InputError: an id was given before; the predictions before it are kept.
        """
        for trajectory in trajectories:
            if self.known([trajectory.id]):
                raise added_before(trajectory.id)
            self._waiting[trajectory.id] = trajectory
            if len(self._waiting) > self.capacity:
                self._remove(next(iter(self._waiting)), Absence.DROPPED)

    def answer(self, trajectory_id: str, feedback: Feedback) -> Trajectory | Absence:
        """Hand out a prediction, once, at most ``expiry_seconds`` after it was made."""
        trajectory = self._waiting.get(trajectory_id)
        if trajectory is None:
            return self._gone.get(trajectory_id, Absence.UNKNOWN)
        if feedback.at - trajectory.at > self.expiry_seconds:
            self._remove(trajectory_id, Absence.EXPIRED)
            return Absence.EXPIRED
        self._remove(trajectory_id, Absence.DUPLICATE)
        self._recent.append((trajectory, feedback))
        return trajectory

    def expire(self, *, at: float) -> int:
        """Remove all predictions that are too old; returns their number."""
        old = [t.id for t in self._waiting.values() if at - t.at > self.expiry_seconds]
        for trajectory_id in old:
            self._remove(trajectory_id, Absence.EXPIRED)
        return len(old)

    def waiting(self) -> list[Trajectory]:
        """Predictions without feedback, the first that was added first."""
        return list(self._waiting.values())

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those ids that were given before, and are not forgotten."""
        return {id_ for id_ in ids if id_ in self._waiting or id_ in self._gone}

    def recent(self, n: int) -> list[tuple[Trajectory, Feedback]]:
        """The up to n predictions that were answered last, of at most ``RECENT``."""
        return list(self._recent)[-n:]

    def _remove(self, trajectory_id: str, reason: Absence) -> None:
        del self._waiting[trajectory_id]
        self._gone[trajectory_id] = reason
        if len(self._gone) > self.capacity:
            self._gone.popitem(last=False)


def added_before(trajectory_id: str) -> InputError:
    """The error of a prediction whose id is in use."""
    return InputError(f"trajectory {trajectory_id!r} was added before: give it another id")
