"""Scores a model's credit against the truth of a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from attrigraph.worlds.verdicts import holds, share_of, verdicts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import ModelCredits
    from attrigraph.worlds.truth import Truth


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one model against the truth.

    Attributes:
        model: name of the model.
        incremental: whether it estimates what marketing caused.
        credited: conversions that it credits to channels.
        caused: conversions that the channels cause in truth.
        error: sum over channels of |credit - truth|, relative to the true sum; NaN if marketing has
            no effect.
        share_error: total variation between its shares and the true shares; NaN if a sum is 0 or a
            credit is negative.
        rank: Spearman correlation of credit and truth; NaN if either is constant.
        covered: share of channels whose interval contains the truth; NaN without intervals.
        false_credit: credited divided by observed conversions if marketing has no effect, else NaN.
        value_error: as ``error``, in value; NaN also if the true value is unknown.
        false_reassurance: share of channels whose interval misses the truth, of those that are not
            flagged as not identified; NaN without intervals.
        false_alarm: share of channels that are flagged as not identified, of those that are
            identifiable; NaN if there are none or it is unknown.
    """

    model: str
    incremental: bool
    credited: float
    caused: float
    error: float
    share_error: float
    rank: float
    covered: float
    false_credit: float
    value_error: float
    false_reassurance: float
    false_alarm: float


def evaluate(model: ModelCredits, truth: Truth) -> Score:
    """Score credit by channel; a channel without credit has credit 0."""
    lines = {credit.key: credit for credit in model.credits}
    credit = np.array([lines[c].conversions if c in lines else 0.0 for c in truth.channels])
    true = np.array(truth.credit)
    caused = float(true.sum())
    credited = sum(line.conversions for line in model.credits)
    no_effect = abs(caused) < 1e-6 * truth.total
    channels = verdicts(model, truth)
    return Score(
        model=model.model,
        incremental=model.incremental,
        credited=credited,
        caused=caused,
        error=float("nan") if no_effect else float(np.abs(credit - true).sum() / caused),
        share_error=_share_error(credit, true),
        rank=rank_correlation(credit, true),
        covered=_covered(model, truth),
        false_credit=credited / _observed(model) if no_effect else float("nan"),
        value_error=_value_error(model, truth) if not no_effect else float("nan"),
        false_reassurance=share_of(channel.false_reassurance for channel in channels),
        false_alarm=share_of(channel.false_alarm for channel in channels),
    )


def _observed(model: ModelCredits) -> float:
    credited = sum(line.conversions for line in model.credits)
    return credited + model.captured.conversions + model.baseline.conversions


def _value_error(model: ModelCredits, truth: Truth) -> float:
    if truth.value is None:
        return float("nan")
    lines = {line.key: line.value for line in model.credits}
    true = dict(zip(truth.channels, truth.value, strict=True))
    return sum(abs(lines.get(c, 0.0) - value) for c, value in true.items()) / sum(true.values())


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Spearman's rank correlation; NaN if one of them is constant."""
    ranks = rankdata(first), rankdata(second)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _share_error(credit: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    if (credit < 0).any() or (true < 0).any() or credit.sum() == 0 or true.sum() == 0:
        return float("nan")
    return float(np.abs(credit / credit.sum() - true / true.sum()).sum() / 2)


def _covered(model: ModelCredits, truth: Truth) -> float:
    true = dict(zip(truth.channels, truth.credit, strict=True))
    contained = [
        holds(line.low, true[line.key], line.high)
        for line in model.credits
        if line.key in true and line.low is not None and line.high is not None
    ]
    return sum(contained) / len(contained) if contained else float("nan")
