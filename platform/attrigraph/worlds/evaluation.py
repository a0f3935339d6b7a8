"""Scores a model's credit against the truth of a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

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


def evaluate(model: ModelCredits, truth: Truth) -> Score:
    """Score credit by channel; a channel without credit has credit 0."""
    lines = {credit.key: credit for credit in model.credits}
    credit = np.array([lines[c].conversions if c in lines else 0.0 for c in truth.channels])
    true = np.array(truth.credit)
    caused = float(true.sum())
    credited = sum(line.conversions for line in model.credits)
    no_effect = abs(caused) < 1e-6 * truth.total
    return Score(
        model=model.model,
        incremental=model.incremental,
        credited=credited,
        caused=caused,
        error=float("nan") if no_effect else float(np.abs(credit - true).sum() / caused),
        share_error=_share_error(credit, true),
        rank=rank_correlation(credit, true),
        covered=_covered(model, truth),
        false_credit=credited / (credited + model.baseline.conversions)
        if no_effect
        else float("nan"),
    )


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
        line.low <= true[line.key] <= line.high
        for line in model.credits
        if line.key in true and line.low is not None and line.high is not None
    ]
    return sum(contained) / len(contained) if contained else float("nan")
