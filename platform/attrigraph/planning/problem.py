"""The budget problem as arrays: campaigns in pieces, groups, limits and synergies.

Campaign i spends ``min_i + width_i a_i``, where its activity ``a_i`` lies in [0, 1]. Its response
is linear on L equal pieces of the activity, and the gain of a piece is at most that of the piece
before. A synergy adds ``worth`` times the least activity of its members, since a campaign profits
from a partner only as far as both run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEAR: Final = 1e-6
"""Activities this close to each other are equal: those of a linear program are off by rounding."""


@dataclass(frozen=True, slots=True)
class Synergies:
    """Values that campaigns bring together.

    Attributes:
        members: int64 ``[S, k]``, numbers of two or more campaigns; a synergy with fewer members
            than the largest repeats its first one.
        worth: float64 ``[S]``, value at full activity of all members, in money, at least 0.
    """

    members: NDArray[np.int64]
    worth: Floats

    @classmethod
    def of(cls, members: Sequence[Sequence[int]], worth: Sequence[float]) -> Synergies:
        """Synergies from lists of members; none from empty lists."""
        longest = max(map(len, members), default=2)
        padded = [[*some, *[some[0]] * (longest - len(some))] for some in members]
        return cls(np.array(padded, np.int64).reshape(-1, longest), np.array(worth, np.float64))

    def __len__(self) -> int:
        return len(self.worth)

    @property
    def is_member(self) -> NDArray[np.bool_]:
        """``[S, k]``, false where a member is repeated."""
        repeated: NDArray[np.bool_] = self.members == self.members[:, :1]
        repeated[:, 0] = False
        return ~repeated

    def value_of(self, activity: Floats) -> float:
        """Value of activities ``[n]``, in money."""
        return float(self.worth @ activity[self.members].min(axis=1))


NO_SYNERGIES: Final = Synergies.of([], [])


@dataclass(frozen=True, slots=True)
class Row:
    """A limit on a weighted sum of spend: ``lower <= weights . spend[members] <= upper``.

    Attributes:
        name: as in messages and certificates, unique among rows.
        members: numbers of campaigns.
        weights: float64, one per member; 1 for the spend of a group.
        lower: in the unit of the sum; ``-inf`` without one.
        upper: the same; ``inf`` without one.
    """

    name: str
    members: NDArray[np.int64]
    weights: Floats
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class SharedResponse:
    """A response to the sum of spend of several campaigns, which thereby compete.

    Attributes:
        name: unique among shared responses.
        members: numbers of campaigns.
        width: spend of one piece, in money.
        gains: float64 ``[pieces]``, value of each piece, not increasing, in money.
    """

    name: str
    members: NDArray[np.int64]
    width: float
    gains: Floats

    def value_of(self, spend: Floats) -> float:
        """Value of the spends ``[n]`` of all campaigns, in money."""
        filled = spend[self.members].sum() / self.width - np.arange(len(self.gains))
        return float(np.clip(filled, 0, 1) @ self.gains)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be planned; see the module.

    Attributes:
        ids: of the n campaigns.
        minimum: float64 ``[n]``, least spend, in money.
        maximum: float64 ``[n]``, most spend, in money.
        at_minimum: float64 ``[n]``, value of the least spend, in money.
        gains: float64 ``[n, L]``, value of each piece, not increasing along a row, in money.
        budget: most that may be spent in all, in money.
        synergies: values of campaigns together.
        rows: limits of groups and of other measures.
        shared: responses to the spend of several campaigns.
        whole: bool ``[n]``, campaigns that spend their minimum or their maximum, nothing between.
        least: float64 ``[n]`` in [0, 1], least activities, such as those of a largest change; None
            for 0.
        most: float64 ``[n]`` in [0, 1], most activities; None for 1.
    """

    ids: tuple[str, ...]
    minimum: Floats
    maximum: Floats
    at_minimum: Floats
    gains: Floats
    budget: float
    synergies: Synergies = NO_SYNERGIES
    rows: tuple[Row, ...] = ()
    shared: tuple[SharedResponse, ...] = ()
    whole: NDArray[np.bool_] | None = None
    least: Floats | None = None
    most: Floats | None = None

    @property
    def width(self) -> Floats:
        """``[n]``, money between least and most spend."""
        return self.maximum - self.minimum

    @property
    def levels(self) -> int:
        """Pieces of each response."""
        return int(self.gains.shape[1])

    @property
    def available(self) -> float:
        """Budget beyond the minima, in money."""
        return self.budget - float(self.minimum.sum())

    @property
    def least_spend(self) -> float:
        """What every plan spends at least, in money."""
        return float(self.spend_of(self.activity_bounds[0]).sum())

    @property
    def activity_bounds(self) -> tuple[Floats, Floats]:
        """Least and most activities ``[n]``. With equal limits above 0 a campaign is fully active.

        Where both limits are 0 it does not run, and brings nothing to its synergies.
        """
        least = np.zeros(len(self.ids)) if self.least is None else self.least
        most = np.ones(len(self.ids)) if self.most is None else self.most
        pinned, runs = self.width <= 0, self.maximum > 0
        return np.where(pinned & runs, 1.0, least), np.where(pinned & ~runs, 0.0, most)

    @property
    def piece_bounds(self) -> tuple[Floats, Floats]:
        """How far each piece must and may be filled, ``[n, L]`` in [0, 1]."""
        least, most = self.activity_bounds
        return filled_pieces(least, self.levels), filled_pieces(most, self.levels)

    @property
    def has_whole(self) -> bool:
        """Whether any campaign is all or nothing."""
        return self.whole is not None and bool(self.whole.any())

    def at_ends(self, activity: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which activities ``[n]`` are the least, and which are the most."""
        least, most = self.activity_bounds
        return activity <= least + NEAR, activity >= most - NEAR

    def spend_of(self, activity: Floats) -> Floats:
        """Spend ``[n]`` of activities ``[n]``; exact at both ends."""
        spend = self.minimum + self.width * activity
        return np.where(activity >= 1, self.maximum, spend)

    def activity_of(self, spend: Floats) -> Floats:
        """Activities ``[n]`` of spends ``[n]``; spend outside the limits counts as the nearer."""
        least, _ = self.activity_bounds
        share = np.divide(spend - self.minimum, self.width, out=least, where=self.width > 0)
        return np.clip(share, 0, 1)

    def value_of(self, activity: Floats) -> float:
        """Value of activities ``[n]``, in money."""
        together = self.synergies.value_of(activity)
        of_groups = sum(self.of_groups(self.spend_of(activity)).values())
        return float(self.alone(activity).sum()) + together + of_groups

    def alone(self, activity: Floats) -> Floats:
        """Values ``[n]`` of activities ``[n]`` by campaign, without what several bring, in money.

        Synergies and shared responses are what several campaigns bring.
        """
        filled = filled_pieces(activity, self.levels)
        alone: Floats = self.at_minimum + (filled * self.gains).sum(axis=1)
        return alone

    def of_groups(self, spend: Floats) -> dict[str, float]:
        """Values of shared responses by their names at spends ``[n]``, in money."""
        return {response.name: response.value_of(spend) for response in self.shared}


def filled_pieces(activity: Floats, levels: int) -> Floats:
    """How far each piece is filled, ``[n, levels]`` in [0, 1], at activities ``[n]``."""
    return np.clip(activity[:, None] * levels - np.arange(levels), 0, 1)
