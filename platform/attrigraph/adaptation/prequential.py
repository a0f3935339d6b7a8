"""Logs of predictions, replayed: each is predicted first, and learnt when its feedback came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.adaptation.online import OnlineModel
from attrigraph.adaptation.trajectories import MemoryTrajectories

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from attrigraph.adaptation.adapter import Adapter
    from attrigraph.adaptation.losses import Loss
    from attrigraph.adaptation.online import Outcome
    from attrigraph.adaptation.trajectories import Feedback, Trajectory

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LoggedCase:
    """A prediction with its feedback.

    Attributes:
        made: the prediction.
        feedback: what was observed.
        accepts_updates: whether the data were healthy when the feedback came.
    """

    made: Trajectory
    feedback: Feedback
    accepts_updates: bool = True


@dataclass(frozen=True, slots=True)
class Replay:
    """What an adapter would have served.

    Attributes:
        losses: of what was served ``[cases]``.
        frozen: of the frozen scores ``[cases]``.
        weight: of the adapted scores in the mixture at the end, 0 to 1.
        outcomes: number of feedbacks by what became of them.
    """

    losses: Floats
    frozen: Floats
    weight: float
    outcomes: Counter[Outcome]

    @property
    def ratio(self) -> float:
        """Cumulative loss as a multiple of that of the frozen model; 1 where that makes none."""
        frozen = float(self.frozen.sum())
        return float(self.losses.sum()) / frozen if frozen > 0 else 1.0


def replay(cases: Sequence[LoggedCase], adapter: Adapter, loss: Loss, *, max_loss: float) -> Replay:
    """Serve the guarded mixture for each case at its time, and learn from what came until then."""
    model = OnlineModel(adapter, loss, MemoryTrajectories(capacity=len(cases)), max_loss=max_loss)
    losses, frozen = np.zeros(len(cases)), np.zeros(len(cases))
    for number, is_feedback in _events(cases):
        made, feedback = cases[number].made, cases[number].feedback
        if is_feedback:
            model.accepts_updates = cases[number].accepts_updates
            model.feedback(
                made.id,
                feedback.observed,
                at=feedback.at,
                weight=feedback.weight,
                offset=feedback.offset,
            )
            continue
        scores = model.guard.serve(made.frozen, adapter.correction(made.x))
        losses[number] = loss.value(scores + feedback.offset, feedback.observed)
        frozen[number] = loss.value(made.frozen + feedback.offset, feedback.observed)
        model.store.add(made)
    return Replay(losses, frozen, model.guard.weight, model.outcomes)


def _events(cases: Sequence[LoggedCase]) -> Iterator[tuple[int, bool]]:
    """Predictions and feedbacks in the order of time; feedback comes before later predictions."""
    events = [
        (time, not is_feedback, number, is_feedback)
        for number, case in enumerate(cases)
        for time, is_feedback in ((case.made.at, False), (case.feedback.at, True))
    ]
    return ((number, is_feedback) for _, _, number, is_feedback in sorted(events))
