"""Predict now and learn when feedback comes: adapter, guard, change detection and bank in one.

Where errors have changed, what was learnt is kept as a pattern of its context, and the pattern of
the present context is loaded if it is better.
"""

from __future__ import annotations

import math
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import numpy as np

from attrigraph.adaptation.adapter import load_state, state_of
from attrigraph.adaptation.bank import MIN_COSINE, RECENT, Case, Pattern, PatternBank, quality
from attrigraph.adaptation.cusum import Cusum
from attrigraph.adaptation.guard import MAX_LOSS, Guard
from attrigraph.adaptation.losses import is_bounded
from attrigraph.adaptation.trajectories import Absence, Feedback, Trajectory
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.adaptation.adapter import Adapter
    from attrigraph.adaptation.losses import Loss
    from attrigraph.adaptation.trajectories import TrajectoryStore

    Floats = NDArray[np.float64]

MAX_WEIGHT: Final = 10.0
"""Of feedback, to which inverse propensities are clipped."""


MAX_PATTERNS: Final = 500
"""Of the bank, before it is consolidated."""


class Outcome(StrEnum):
    """What became of a feedback."""

    LEARNT = "learnt"
    BOUNDARY = "learnt, and errors have changed"
    INVALID = "rejected: not finite, or a negative count"
    FROZEN = "rejected: updates are frozen"
    UNKNOWN = "rejected: unknown id"
    DUPLICATE = "rejected: feedback came before"
    EXPIRED = "rejected: expired"
    DROPPED = "rejected: dropped beyond the capacity"


class OnlineModel:
    """Corrects the scores of a frozen model.

    Args:
        adapter: the correction that learns.
        loss: what it learns by.
        store: where predictions wait.
        max_loss: to which the guard clips losses.

    Attributes:
        accepts_updates: False while the data are not healthy: feedback is rejected.
        outcomes: number of feedbacks by what became of them.
    """

    def __init__(
        self, adapter: Adapter, loss: Loss, store: TrajectoryStore, *, max_loss: float = MAX_LOSS
    ) -> None:
        self.adapter = adapter
        self.loss = loss
        self.store = store
        self.guard = Guard(loss, max_loss=max_loss)
        self.cusum = Cusum()
        self.bank = PatternBank()
        self.n_outputs = len(adapter.parameters["bias"])
        self.accepts_updates = True
        self.outcomes: Counter[Outcome] = Counter()

    def predict(
        self,
        x: Floats,
        frozen: Floats,
        *,
        at: float,
        propensity: float | None = None,
        context: Floats | None = None,
        id_: str | None = None,
    ) -> tuple[Floats, str]:
        """Prediction ``[n_outputs]``, and the id for its feedback.

        Args:
            x: features of the case ``[n_features]``.
            frozen: scores of the frozen model ``[n_outputs]``.
            at: seconds since 1970.
            propensity: probability of the decision, if the prediction is one.
            context: embedding of the context.
            id_: of the prediction; None for a random one.

        Raises:
            InputError: a feature or score is not finite or above ``LARGEST``, the propensity is
                not within 0 and 1, or the id was given before.
        """
        made = self.prediction(x, frozen, at=at, propensity=propensity, context=context, id_=id_)
        self.store.add(made)
        return made.served, made.id

    def prediction(
        self,
        x: Floats,
        frozen: Floats,
        *,
        at: float,
        propensity: float | None = None,
        context: Floats | None = None,
        id_: str | None = None,
    ) -> Trajectory:
        """The prediction of ``predict``, which the caller adds to the store with others."""
        if not (is_bounded(x) and is_bounded(frozen)):
            raise InputError(
                "features and scores must be finite numbers, got NaN, infinity or more than 1e100"
            )
        if propensity is not None and not 0 < propensity <= 1:
            raise InputError(f"propensity must be above 0 and at most 1, got {propensity}")
        served = self.loss.mean(self.served(x, frozen))
        name = uuid4().hex if id_ is None else id_
        return Trajectory(name, x.copy(), frozen.copy(), served, at, propensity, context)

    def served(self, x: Floats, frozen: Floats) -> Floats:
        """The corrected scores ``[n_outputs]``."""
        return self.guard.serve(frozen, self.adapter.correction(x))

    def feedback(
        self,
        trajectory_id: str,
        observed: Floats,
        *,
        at: float,
        weight: float = 1.0,
        offset: float | Floats = 0.0,
    ) -> Outcome:
        """Learn from what was observed, by the parameters of now.

        Feedback that is rejected as invalid or while frozen may be sent again. The gradient is
        multiplied by the weight and by the inverse of the propensity, up to ``MAX_WEIGHT``.

        Args:
            trajectory_id: of the prediction.
            observed: one number per output ``[n_outputs]``.
            at: seconds since 1970.
            weight: of the gradient.
            offset: added to the frozen scores, one number or one per output, such as the log of
                impressions.

        Raises:
            InputError: observations are not one per output, or the weight is negative.
        """
        outcome = self._learn(trajectory_id, Feedback(observed, at, weight, offset))
        self.outcomes[outcome] += 1
        return outcome

    def _learn(self, trajectory_id: str, feedback: Feedback) -> Outcome:
        observed, weight = feedback.observed, feedback.weight
        if observed.shape != (self.n_outputs,) or weight < 0:
            raise InputError(
                f"feedback must have {self.n_outputs} observations and a weight of at least 0, "
                f"got the shape {observed.shape} and {weight}"
            )
        is_finite = math.isfinite(weight) and is_bounded(np.asarray(feedback.offset))
        if not (self.loss.accepts(observed) and is_finite):
            return Outcome.INVALID
        if not self.accepts_updates:
            return Outcome.FROZEN
        waiting = self.store.answer(trajectory_id, feedback)
        if isinstance(waiting, Absence):
            return Outcome[waiting.name]
        changed = self._update(waiting, feedback)
        return Outcome.BOUNDARY if changed else Outcome.LEARNT

    def _update(self, waiting: Trajectory, feedback: Feedback) -> bool:
        """One step of all parts; whether the errors have changed."""
        frozen, observed = waiting.frozen + feedback.offset, feedback.observed
        weight = min(MAX_WEIGHT, feedback.weight / (waiting.propensity or 1.0))
        correction = self.adapter.correction(waiting.x)
        gradient = self.loss.mean(frozen + correction) - observed
        self.guard.learn(frozen, correction, observed)
        self.adapter.learn(waiting.x, weight * gradient)
        if self.guard.is_reset_due():
            self.adapter.reset()
            self.guard.forget_recent()
        changed = self.cusum.add(-float(gradient.sum()))
        if changed:
            self._change(waiting.context, feedback.at)
        return changed

    def _change(self, context: Floats | None, at: float) -> None:
        """Protect and keep what was learnt, and load what was learnt in such a context before."""
        self.adapter.mark_boundary()
        recent = [each for each in self.store.recent(RECENT) if each[0].context is not None]
        if context is None or not recent:
            return
        before, recent_losses = recent[0][0].context, self.guard.state[1:3].tolist()
        assert before is not None
        learnt = Pattern(
            before, state_of(self.adapter), quality(*reversed(recent_losses)), last_used=at
        )
        self.bank.recall(context, self.adapter, _cases_like(context, recent), self.loss)
        if self.bank.add(learnt) and len(self.bank.patterns) > MAX_PATTERNS:
            self.bank.consolidate()

    def state(self) -> dict[str, Floats]:
        """All that was learnt; predictions that wait are in their store."""
        learnt = {f"adapter_{name}": array for name, array in state_of(self.adapter).items()}
        patterns = {f"bank_{name}": array for name, array in self.bank.to_arrays().items()}
        parts = {"guard": self.guard.state.copy(), "cusum": self.cusum.state.copy()}
        return learnt | patterns | parts

    def load_state(self, state: Mapping[str, Floats]) -> None:
        """Go on from a state, to the bit.

        Raises:
            InputError: the state is of another kind or size of adapter.
        """
        load_state(self.adapter, _part(state, "adapter_"))
        self.bank = PatternBank.from_arrays(_part(state, "bank_"))
        self.guard.state[...] = state["guard"]
        self.cusum.state[...] = state["cusum"]


def _part(state: Mapping[str, Floats], prefix: str) -> dict[str, Floats]:
    """The arrays of one part."""
    return {
        name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)
    }


def _cases_like(context: Floats, answered: list[tuple[Trajectory, Feedback]]) -> list[Case]:
    """Those of a similar context."""
    return [
        Case(made.x, made.frozen + feedback.offset, feedback.observed)
        for made, feedback in answered
        if made.context is not None and made.context @ context > MIN_COSINE
    ]
