"""A mixture of frozen and adapted scores that is hardly ever worse than the frozen ones.

The weights are multiplicative, as those of Hedge, in the form of Prod with a benchmark
(Cesa-Bianchi, Mansour & Stoltz 2007; Sani, Neu & Lazaric 2014). The frozen scores have the weight
1, the adapted ones the weight w, at first w0. Served is

    mixture = frozen + p t correction,   p = w / (1 + w),   t = min(1, sqrt(C / D)),

with D the divergence of the correction and C = ``max_loss``. Losses are clipped to C. After
feedback, with f the clipped loss of the frozen scores and m that of the mixture,

    1 + w <- (1 + w) (1 + eta (f - m) + eta share f),   eta = 1 / (3 C).

**Bound.** On every stream, of n feedbacks of any kind,

    sum m <= (1 + share) sum f + C.

*Proof.* Since log(1 + z) <= z, log(1 + w) rises by at most eta (f - m + share f) at each feedback,
and it is never negative. So sum (f - m) + share sum f >= -log(1 + w0) / eta, which is -C for
w0 = e^(1/3) - 1. Two things remain. (1) w never falls below 0. Where f = C, f - m >= 0. Else the
loss is convex, so that m - f <= p (a - f), a being the loss of the scores that are corrected in
full by c, t times the correction. By the three-point identity of Bregman divergences, and by the
inequality of Fenchel and Young,

    a - f = D(c) + (mean - observed) c <= D(c) + f + D(-c) <= 3 C.

Hence 1 + w becomes at least (1 + w) (1 - p) = 1. (2) An upper bound of w only lowers the left side.

The bound is for losses of the mixture at the time of feedback. It is that of what was served if
nothing was learnt in between.

The share lets the adapted scores return after a long time in which they were of no use. The upper
bound of w lets the frozen ones return.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.adaptation.losses import Loss

    Floats = NDArray[np.float64]

FIRST_ODDS: Final = math.expm1(1 / 3)
"""w0: with it the constant of the bound is C."""

MAX_LOSS: Final = 100.0
"""C where none is given."""

MAX_ODDS: Final = 1000.0
SHARE: Final = 0.05
HALF_LIFE: Final = 200
"""Feedbacks until a loss counts half, for the decision to reset."""

RESET_RATIO: Final = 1.5
"""The adapter is to be reset where its recent losses are this many times those of the frozen."""

MIN_FEEDBACKS: Final = 20
"""Since the last reset, before the next."""

_DECAY: Final = 0.5 ** (1 / HALF_LIFE)


class Guard:
    """Weights of frozen and adapted scores.

    Args:
        loss: what the scores are measured by.
        max_loss: C, to which losses are clipped, in the unit of the loss. It should lie above all
            but the rarest losses: a correction that would cost more is shortened.

    Raises:
        InputError: ``max_loss`` is not a positive number.
    """

    def __init__(self, loss: Loss, *, max_loss: float = MAX_LOSS) -> None:
        if not 0 < max_loss < math.inf:
            raise InputError(f"max_loss must be a positive number, got {max_loss}")
        self.loss = loss
        self.max_loss = max_loss
        # odds, recent losses of frozen and adapted, feedbacks since the last reset
        self.state = np.array([FIRST_ODDS, 0.0, 0.0, 0.0])

    @property
    def weight(self) -> float:
        """p, of the adapted scores."""
        odds = float(self.state[0])
        return odds / (1 + odds)

    def serve(self, frozen: Floats, correction: Floats) -> Floats:
        """The mixture ``[n_outputs]``; the frozen scores to the bit where the correction is 0."""
        return frozen + (self.weight * self._shortening(frozen, correction)) * correction

    def learn(self, frozen: Floats, correction: Floats, observed: Floats) -> None:
        """Move the weight by what the mixture gained or lost."""
        value, most = self.loss.value, self.max_loss
        of_frozen = min(most, value(frozen, observed))
        of_adapted = min(most, value(frozen + correction, observed))
        of_mixture = min(most, value(self.serve(frozen, correction), observed))
        odds, recent_frozen, recent_adapted, n = self.state.tolist()
        gain = of_frozen - of_mixture + SHARE * of_frozen
        odds = (1 + odds) * (1 + gain / (3 * most)) - 1
        self.state[:] = (
            min(max(odds, 0.0), MAX_ODDS),
            _DECAY * recent_frozen + of_frozen,
            _DECAY * recent_adapted + of_adapted,
            n + 1,
        )

    def is_reset_due(self) -> bool:
        """Whether recent losses of the adapter are ``RESET_RATIO`` times those of the frozen."""
        _, frozen, adapted, n = self.state.tolist()
        return bool(n >= MIN_FEEDBACKS and adapted > RESET_RATIO * frozen)

    def forget_recent(self) -> None:
        """Begin recent losses from 0, after a reset. The weight stays, as the bound needs it."""
        self.state[1:] = 0

    def _shortening(self, frozen: Floats, correction: Floats) -> float:
        """t, at most 1."""
        divergence = self.loss.divergence(frozen, correction)
        return 1.0 if divergence <= self.max_loss else math.sqrt(self.max_loss / divergence)
