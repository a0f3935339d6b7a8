"""How far a model's credit is from the truth of a world."""

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
    """One model against the truth.

    Attributes:
        model: its name.
        incremental: whether it claims to say what marketing caused.
        credited: conversions it credits to channels.
        caused: conversions that channels truly cause.
        error: sum over channels of |credit - truth| over the true sum; NaN where marketing causes
            nothing.
        share_error: total variation between its shares and the true shares; NaN where there are
            none, or where credits are negative.
        rank: Spearman correlation of credits and truth; NaN where either is constant.
        covered: share of channels whose interval holds the truth; NaN without intervals.
        false_credit: credited over observed conversions where marketing causes nothing, else NaN.
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


def evaluate(answer: ModelCredits, truth: Truth) -> Score:
    """Score credits by channel; a channel that is not credited has credit 0."""
    lines = {credit.key: credit for credit in answer.credits}
    credit = np.array([lines[c].conversions if c in lines else 0.0 for c in truth.channels])
    true = np.array(truth.credit)
    caused = float(true.sum())
    credited = sum(line.conversions for line in answer.credits)
    nothing = abs(caused) < 1e-6 * truth.total
    return Score(
        model=answer.model,
        incremental=answer.incremental,
        credited=credited,
        caused=caused,
        error=float("nan") if nothing else float(np.abs(credit - true).sum() / caused),
        share_error=_share_error(credit, true),
        rank=rank_correlation(credit, true),
        covered=_covered(answer, truth),
        false_credit=credited / (credited + answer.baseline.conversions)
        if nothing
        else float("nan"),
    )


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Spearman's rank correlation; NaN where one of them is constant."""
    ranks = rankdata(first), rankdata(second)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _share_error(credit: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    if (credit < 0).any() or (true < 0).any() or credit.sum() == 0 or true.sum() == 0:
        return float("nan")
    return float(np.abs(credit / credit.sum() - true / true.sum()).sum() / 2)


def _covered(answer: ModelCredits, truth: Truth) -> float:
    true = dict(zip(truth.channels, truth.credit, strict=True))
    held = [
        line.low <= true[line.key] <= line.high
        for line in answer.credits
        if line.key in true and line.low is not None and line.high is not None
    ]
    return sum(held) / len(held) if held else float("nan")
