"""Whether what happens now still resembles what a model was fitted to.

Three questions, of which each can be answered without the model, from conversions, touches and
customers by week (see ``weeks``):

* **Calibration.** Conversions per customer and week, by set of channels, are rates of the fitted
  weeks, shrunk to that of all customers. Their sum over the customers of later weeks is what these
  weeks should bring. Weeks differ by more than chance: the variance of observed over expected in
  the fitted weeks, each expected from the others, less that of counts, is that of a week
  (DerSimonian and Laird 1986). Observed over expected has drifted if its 99 % interval (Student's
  t) leaves out 1, and it is off by more than 5 %.
* **Coverage.** The share of later touches whose channel no fitted touch had.
* **Mix.** The population stability index, sum of (q - p) log(q / p) over shares p of the channels
  in the fitted weeks and q in later ones. It has drifted if it is above .1, where credit scoring
  begins to look, and above that of every fitted week against the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import stdtrit  # scipy.stats takes long to import

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrigraph.attribution.observed.weeks import ChannelSet, Weeks
    from attrigraph.domain.columns import Amounts

LEAST_WEEKS: Final = 6
"""Fitted weeks below which it is not known how weeks differ."""
LEAST_CONVERSIONS: Final = 20
"""Expected in later weeks below which a ratio says nothing."""
LEAST_TOUCHES: Final = 100
"""In later weeks below which shares say nothing."""
LEVEL: Final = 0.99
"""Of the interval of observed over expected conversions."""
LEAST_CHANGE: Final = 0.05
"""Of conversions per customer that is worth a fit."""
UNKNOWN_SHARE: Final = 0.05
"""Share of touches of unknown channels that is worth a fit."""
LARGE_INDEX: Final = 0.1
"""Population stability index that is worth a look."""
PRIOR_CUSTOMERS: Final = 20.0
"""Customers at the rate of all that are added to those of a set of channels."""
PRIOR_TOUCHES: Final = 0.5
"""That are added to those of each channel."""


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What the fitted weeks were like.

    Attributes:
        weeks: their number.
        rates: conversions per customer and week, by set of channels.
        overall: those of all customers.
        conversions: in these weeks.
        deviation: standard deviation among weeks of observed over expected, beyond that of counts.
        touches: by channel.
        indices: population stability index of each week against the others.
    """

    weeks: int
    rates: Mapping[ChannelSet, float]
    overall: float
    conversions: float
    deviation: float
    touches: Mapping[str | None, float]
    indices: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "weeks": self.weeks,
            "rates": [[list(channels), rate] for channels, rate in self.rates.items()],
            "overall": self.overall,
            "conversions": self.conversions,
            "deviation": self.deviation,
            "touches": [[channel, count] for channel, count in self.touches.items()],
            "indices": list(self.indices),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Baseline:
        """Those of ``to_json``."""
        return cls(
            stored["weeks"],
            {tuple(channels): rate for channels, rate in stored["rates"]},
            stored["overall"],
            stored["conversions"],
            stored["deviation"],
            dict(stored["touches"]),
            tuple(stored["indices"]),
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """How later weeks compare; what is None is not known, see ``reasons``.

    Attributes:
        weeks: number of later weeks.
        observed: conversions in them.
        expected: by the rates of the fitted weeks.
        low: lower end of the interval of observed over expected.
        high: upper end.
        unknown_share: share of touches of channels that were not fitted.
        index: population stability index.
        index_limit: above which it has drifted.
        drifted: ``calibration``, ``coverage``, ``mix``: what has.
        reasons: why something is not known, in sentences.
    """

    weeks: int
    observed: float
    expected: float
    low: float | None
    high: float | None
    unknown_share: float | None
    index: float | None
    index_limit: float | None
    drifted: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def ratio(self) -> float | None:
        """Observed over expected conversions; None where nothing is expected."""
        return self.observed / self.expected if self.expected > 0 else None

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "weeks": self.weeks,
            "observed": self.observed,
            "expected": self.expected,
            "ratio": self.ratio,
            "low": self.low,
            "high": self.high,
            "unknown_share": self.unknown_share,
            "index": self.index,
            "index_limit": self.index_limit,
            "drifted": list(self.drifted),
            "reasons": list(self.reasons),
        }


def baseline_of(weeks: Weeks) -> Baseline:
    """What fitted weeks were like; at least one."""
    customers, conversions = weeks.customers.sum(axis=0), weeks.conversions.sum(axis=0)
    rates, overall = _rates(customers, conversions)
    touches = weeks.touches.sum(axis=0)
    return Baseline(
        weeks=len(weeks.touches),
        rates=dict(zip(weeks.sets, rates.tolist(), strict=True)),
        overall=overall,
        conversions=float(conversions.sum()),
        deviation=_deviation(weeks),
        touches={
            channel: float(count)
            for channel, count in zip(weeks.channels, touches, strict=True)
            if count
        },
        indices=tuple(_index(touches - one, one) for one in weeks.touches),
    )


def drift_of(baseline: Baseline, later: Weeks | None) -> Drift:
    """Compare later weeks with the fitted ones.

    Args:
        baseline: the fitted weeks.
        later: whole weeks since; None for none.
    """
    if later is None:
        return unknown_drift("no whole week has passed")
    by_set = np.array([_rate(baseline, channels) for channels in later.sets])
    by_week = later.customers @ by_set
    observed, expected = float(later.conversions.sum()), float(by_week.sum())
    reasons, drifted = [], []
    low = high = None
    if baseline.weeks < LEAST_WEEKS:
        reasons.append(f"{baseline.weeks} fitted weeks are too few; {LEAST_WEEKS} are needed")
    elif expected < LEAST_CONVERSIONS or not baseline.conversions:
        reasons.append(f"{expected:.0f} conversions are expected; {LEAST_CONVERSIONS} are needed")
    else:
        half = _half_width(baseline, by_week)
        ratio = observed / expected
        low, high = max(ratio - half, 0.0), ratio + half
        if abs(ratio - 1) > max(half, LEAST_CHANGE):
            drifted.append("calibration")
    touches = later.touches.sum(axis=0)
    known = np.array([channel in baseline.touches for channel in later.channels])
    share = index = limit = None
    if touches.sum() < LEAST_TOUCHES:
        reasons.append(f"there are {touches.sum()} touches; {LEAST_TOUCHES} are needed")
    else:
        share = float(touches[~known].sum() / touches.sum())
        if share > UNKNOWN_SHARE:
            drifted.append("coverage")
        if baseline.weeks >= LEAST_WEEKS:
            now = dict(zip(later.channels, touches.tolist(), strict=True))
            before = np.array(list(baseline.touches.values()))
            index = _index(before, np.array([now.get(one, 0) for one in baseline.touches]))
            limit = max(LARGE_INDEX, *baseline.indices)
            if index > limit:
                drifted.append("mix")
    return Drift(
        *(len(later.touches), observed, expected, low, high, share, index, limit),
        drifted=tuple(drifted),
        reasons=tuple(reasons),
    )


def unknown_drift(reason: str) -> Drift:
    """Nothing is known, for a reason."""
    return Drift(0, 0.0, 0.0, None, None, None, None, None, (), (reason,))


def _rates(customers: Amounts, conversions: Amounts) -> tuple[Amounts, float]:
    """Rates of sets of channels, shrunk to that of all customers, and the latter."""
    overall = float(conversions.sum() / max(customers.sum(), 1))
    return (conversions + PRIOR_CUSTOMERS * overall) / (customers + PRIOR_CUSTOMERS), overall


def _rate(baseline: Baseline, channels: ChannelSet) -> float:
    """The rate of a set of channels, of those among them that were fitted."""
    if channels in baseline.rates:
        return baseline.rates[channels]
    known = tuple(one for one in channels if one in baseline.touches)
    return baseline.rates.get(known, baseline.overall) if known else baseline.overall


def _deviation(weeks: Weeks) -> float:
    """Standard deviation among weeks of observed over expected, beyond that of counts."""
    customers, conversions = weeks.customers.sum(axis=0), weeks.conversions.sum(axis=0)
    excess = []
    for of_week, made in zip(weeks.customers, weeks.conversions, strict=True):
        rates, _ = _rates(customers - of_week, conversions - made)
        expected = float(of_week @ rates)
        if expected > 0:
            excess.append((made.sum() / expected - 1) ** 2 - 1 / expected)
    return float(np.sqrt(max(np.mean(excess), 0.0))) if excess else 0.0


def _half_width(baseline: Baseline, by_week: Amounts) -> float:
    """Half of the interval of observed over expected, if nothing has drifted."""
    expected = by_week.sum()
    among_weeks = baseline.deviation**2
    variance = (
        1 / expected
        + among_weeks * (by_week**2).sum() / expected**2
        + 1 / baseline.conversions
        + among_weeks / baseline.weeks
    )
    return float(stdtrit(baseline.weeks - 1, 0.5 + LEVEL / 2) * np.sqrt(variance))


def _index(before: Sequence[float] | Amounts, now: Sequence[float] | Amounts) -> float:
    """Population stability index of the counts of channels."""
    p, q = (np.asarray(counts, np.float64) + PRIOR_TOUCHES for counts in (before, now))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())
