"""The incremental model with the parameters of an earlier fit: one journey at a time.

The credit of a conversion's touches is their Shapley values under the hazard at the conversion (see
``path_credit``), which are then reconciled with the credit of their channel. Of the hazard the fit
keeps the effects of the channels with their half-lives and saturations, and one number for all that
is no touch: where conversions are rare, ratios of hazards do not depend on it. Of the
reconciliation (see ``touch_credit``) it keeps what a channel's difference is per absolute share:

    credit_j = share_j + remainder_c |share_j|

So the credit of a conversion follows from its journey alone. Credit of the game's channels, tests
of identification and the intervals of effects stay those of the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import logit

from attrigraph.attribution.incremental.captured import part_captured
from attrigraph.attribution.incremental.path_credit import credit_alone
from attrigraph.attribution.incremental.purchase_window import LAST_HOUR
from attrigraph.attribution.incremental.sessions import SESSION_GAP, Sessions
from attrigraph.domain.touch_kinds import EXPOSURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.fitted import FittedIncremental
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain import Categorical

MAX_CHANCE: Final = 0.5
"""Limit of the hazard without a touch that is kept."""

_ARRAYS: Final = ("main", "joint", "half_life", "saturation", "remainder")


@dataclass(frozen=True, slots=True, eq=False)
class FrozenResponse:
    """What a fit keeps.

    Attributes:
        keys: the channels.
        rest: logit of the hazard at a conversion without its touches: the median of the fit's.
        main: float64 ``[keys]``, weight of each exposure; where it differs between segments of
            customers, the mean over the conversions.
        joint: float64 ``[keys, keys]``, weight of each product, above the diagonal.
        half_life: float64 ``[keys]``, days.
        saturation: float64 ``[keys]``.
        remainder: float64 ``[keys]``, what a channel's credit differs from its shares, per absolute
            share.
        marketing: bool ``[keys]``, which channels can have credit.
        at_purchase: bool ``[keys]``, channels whose exposures may be part of a purchase, too.
        part_captured: part, in [0, 1], of what older touches did not cause that touches at the
            moment of purchase capture.
        delayed: whether effects rise before they fall.
        reasons: channels whose credit the fit could not identify, and why.
        notes: of the fit.
        assumptions: of the fit.
    """

    keys: tuple[str | None, ...]
    rest: float
    main: NDArray[np.float64]
    joint: NDArray[np.float64]
    half_life: NDArray[np.float64]
    saturation: NDArray[np.float64]
    remainder: NDArray[np.float64]
    marketing: NDArray[np.bool_]
    at_purchase: NDArray[np.bool_]
    part_captured: float
    delayed: bool
    reasons: tuple[tuple[str | None, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    assumptions: tuple[str, ...]

    def shares(self, steps: PathSteps, kind: Categorical) -> Shares:
        """What the touches of converting journeys caused and captured.

        Args:
            steps: journeys over ``keys``, and last one code for all other channels; with ages.
            kind: the kind of each touch of the steps.
        """
        assert steps.age is not None
        known = steps.codes < len(self.keys)
        key = np.where(known, steps.codes, 0).astype(np.int64)
        at_purchase = _at_purchase(steps, self._capturing(key, known, kind))
        acting = known & ~at_purchase
        left = self._left(steps.age, key)
        share, rest = np.zeros(len(key)), np.ones(len(steps))
        for row, (begin, end) in enumerate(pairwise(steps.offsets.tolist())):
            touch = begin + np.flatnonzero(acting[begin:end])
            if len(touch):
                share[touch], rest[row] = credit_alone(
                    self.rest, self.main, self.joint, self.saturation, left[touch], key[touch]
                )
        share *= self.marketing[key]
        n_captured = np.bincount(steps.row[at_purchase], minlength=len(steps))
        part = self.part_captured * np.clip(rest, 0.0, 1.0) / np.maximum(n_captured, 1)
        return Shares(
            share + self.remainder[key] * np.abs(share), np.where(at_purchase, part[steps.row], 0.0)
        )

    def _left(self, age: NDArray[np.float64], key: NDArray[np.int64]) -> NDArray[np.float64]:
        """Weight of touches; see ``TouchPairs.weights``."""
        relative = age / self.half_life[key]
        return relative * np.exp(1 - relative) if self.delayed else np.exp2(-relative)

    def _capturing(
        self, key: NDArray[np.int64], known: NDArray[np.bool_], kind: Categorical
    ) -> NDArray[np.bool_]:
        """Which touches may be part of a purchase: the customers' own acts, and some exposures."""
        exposure = np.array([name in EXPOSURES for name in kind.keys] + [False])
        return ~exposure[kind.codes] | (known & self.at_purchase[key])

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "keys": list(self.keys),
            "rest": self.rest,
            **{name: getattr(self, name).tolist() for name in _ARRAYS},
            "marketing": self.marketing.tolist(),
            "at_purchase": self.at_purchase.tolist(),
            "part_captured": self.part_captured,
            "delayed": self.delayed,
            "reasons": [[key, list(reasons)] for key, reasons in self.reasons],
            "notes": list(self.notes),
            "assumptions": list(self.assumptions),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> FrozenResponse:
        """Those of ``to_json``."""
        return cls(
            keys=tuple(stored["keys"]),
            rest=stored["rest"],
            **{name: np.array(stored[name], np.float64) for name in _ARRAYS},
            marketing=np.array(stored["marketing"], bool),
            at_purchase=np.array(stored["at_purchase"], bool),
            part_captured=stored["part_captured"],
            delayed=stored["delayed"],
            reasons=tuple((key, tuple(reasons)) for key, reasons in stored["reasons"]),
            notes=tuple(stored["notes"]),
            assumptions=tuple(stored["assumptions"]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Parts of conversions by touch.

    Attributes:
        credit: float64 ``[touches]``, what the touch caused of its conversion.
        captured: float64 ``[touches]``, what it captured of it at the moment of purchase.
    """

    credit: NDArray[np.float64]
    captured: NDArray[np.float64]


def freeze_response(run: FittedIncremental) -> FrozenResponse:
    """What a fit keeps, so that it can credit other conversions."""
    histories, credit, paths = run.population.histories, run.channel_credit, run.paths
    response, answer = credit.response, run.answer("channel")
    marketing = histories.of_marketing(np.ones(len(histories.keys))) > 0
    without = np.clip(paths.chance * paths.baseline, 1e-12, MAX_CHANCE)
    segments = histories.segments_of(histories.converter)
    return FrozenResponse(
        keys=histories.keys,
        rest=float(logit(np.median(without))),
        main=response.effects.main_of(segments).mean(axis=0),
        joint=response.effects.joint_matrix,
        half_life=response.shape.half_life,
        saturation=response.shape.saturation,
        remainder=_remainder(run, marketing),
        marketing=marketing,
        at_purchase=_exposures_at_purchase(run),
        part_captured=part_captured(paths.baseline, float(credit.credit.sum())),
        delayed=response.conditions.delayed,
        reasons=tuple(
            (line.key, line.reasons) for line in answer.credits if line.identified is False
        ),
        notes=answer.notes,
        assumptions=answer.assumptions,
    )


def _remainder(run: FittedIncremental, marketing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Difference of each channel's credit and shares per absolute share ``[keys]``."""
    key = run.population.histories.key[run.paths.touch]
    share = run.paths.credit * marketing[key]
    size = np.bincount(key, np.abs(share), len(marketing))
    difference = run.channel_credit.credit - np.bincount(key, share, len(marketing))
    return np.divide(difference, size, out=np.zeros(len(marketing)), where=size > 0)


def _exposures_at_purchase(run: FittedIncremental) -> NDArray[np.bool_]:
    """Channels ``[keys]`` of which an exposure may be part of a purchase."""
    histories: Histories = run.population.histories
    found = np.zeros(len(histories.keys), dtype=bool)
    if histories.capturing is not None:
        kinds = run.events.touches.kind
        exposure = np.array([name in EXPOSURES for name in kinds.keys] + [False])
        is_exposure = exposure[kinds.codes[run.population.touch]]
        found[histories.key[is_exposure & histories.capturing]] = True
    return found


def _at_purchase(steps: PathSteps, capturing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which touches are in the purchase window of their conversion; see ``purchase_window``."""
    assert steps.age is not None
    sessions = Sessions.of(steps.row, -steps.age, capturing)
    begin = np.full(len(steps), len(steps.codes))
    if len(sessions.act):
        last = np.maximum(np.searchsorted(sessions.act, steps.offsets[1:], "left") - 1, 0)
        act = sessions.act[last]
        own = (act >= steps.offsets[:-1]) & (act < steps.offsets[1:])
        going_on = own & (steps.age[act] <= SESSION_GAP)
        begin[going_on] = sessions.begin[last[going_on]]
    late = (steps.age <= LAST_HOUR) | (np.arange(len(steps.codes)) >= begin[steps.row])
    return np.asarray(capturing & late)
