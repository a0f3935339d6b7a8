"""Costs of channels, campaigns or creatives: from spend, and from the touches' own costs.

A cost counts once: spend on a campaign takes the place of the own costs of its touches, and spend
on a channel that of all its touches. Where spend names campaigns and their channel, it takes the
place of the costs of the channel's touches without a campaign too. It does so at every level, so
that all levels have the same sum: by campaign, spend on a channel is not assigned, and the own
costs of the channel's touches do not count.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.spend.touch_groups import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrigraph.domain import Level
    from attrigraph.domain.columns import Flags
    from attrigraph.domain.returns import SpendLine
    from attrigraph.spend.matching import Match, Matcher
    from attrigraph.spend.targets import SpendTarget
    from attrigraph.spend.touch_groups import TouchGroups


@dataclass(frozen=True, slots=True)
class KeyCost:
    """What one key cost in the period.

    Attributes:
        cost: currency; None where nothing is known.
        touches: its touches in the period.
        known: how many of them have a known cost.
        unnamed: touches in the period that name nothing at the level and may be its own.
    """

    cost: float | None
    touches: float
    known: float
    unnamed: float = 0.0

    @property
    def coverage(self) -> float:
        """Share of the touches of known cost.

        Of a key without touches, 1 if its cost is known and no other touches may be its own.
        """
        if not self.touches:
            return 0.0 if self.cost is None or self.unnamed else 1.0
        return self.known / self.touches


@dataclass(frozen=True, slots=True)
class LevelCosts:
    """Costs at one level.

    Attributes:
        keys: by key; None is the key of touches for which it is unknown.
        without_touches: spend on what no touch names.
        not_assigned: spend that names nothing of this level.
        without_spend: keys with touches that no spend covers.
        split: keys among which spend was divided by their touches, one tuple per division.
        unnamed: touches without a campaign in channels with spend on campaigns, by campaign alone.
    """

    keys: Mapping[str | None, KeyCost]
    without_touches: tuple[SpendLine, ...] = ()
    not_assigned: tuple[SpendLine, ...] = ()
    without_spend: tuple[tuple[str | None, int], ...] = ()
    split: tuple[tuple[str | None, ...], ...] = ()
    unnamed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one line of spend is at a level.

    Attributes:
        paid: touches among whose keys its cost is divided, bool ``[k]``.
        known: touches whose cost it states.
        superseded: touches whose own costs it takes the place of, the same at every level.
        key: its own name at the level, which no touch has; None where it names nothing there.
        unnamed: touches of its channel that name nothing at the level and may be its own.
    """

    paid: Flags
    known: Flags
    superseded: Flags
    key: str | None
    unnamed: Flags | None = None


def _part(match: Match, line: SpendLine, level: Level) -> _Part:
    has_campaign = bool(line.campaign or line.campaign_name or line.creative)
    untagged = match.untagged if has_campaign else np.zeros_like(match.own)
    in_channel = untagged if has_campaign or match.own.any() else match.in_channel
    covered = match.campaigns | in_channel
    superseded = covered | match.creatives
    match level:
        case "creative":
            return _Part(match.creatives, match.creatives, superseded, line.creative)
        case "campaign":
            key = line.campaign or line.campaign_name
            return _Part(match.own, match.campaigns, superseded, key, untagged)
        case "channel":
            paid = match.own if match.own.any() else match.in_channel
            return _Part(paid, covered, superseded, line.channel)


class _Sums:
    """Sums over the lines of spend at one level."""

    def __init__(self, groups: TouchGroups, level: Level) -> None:
        n = len(groups)
        self.groups = groups
        self.level = level
        self.spent: dict[str | None, list[float]] = defaultdict(list)
        self.known = np.zeros(n, bool)
        self.superseded = np.zeros(n, bool)
        self.start = np.full(n, ALWAYS[0])
        self.end = np.full(n, ALWAYS[1])
        self.without_touches: list[SpendLine] = []
        self.not_assigned: list[SpendLine] = []
        self.split: set[tuple[str | None, ...]] = set()
        self.unnamed = np.zeros(n, bool)
        self.n_unnamed: dict[str | None, float] = {}

    def add(self, part: _Part, target: SpendTarget) -> None:
        """Add one line."""
        self.known |= part.known
        self.superseded |= part.superseded
        self.start[part.known] = np.maximum(self.start[part.known], target.start)
        self.end[part.known] = np.minimum(self.end[part.known], target.end)
        cost = target.line.cost
        if part.paid.any():
            for key, share in self._shares(part.paid).items():
                self.spent[key].append(cost * share)
        elif cost and part.key is None:
            self.not_assigned.append(target.line)
        elif cost:
            self.spent[part.key].append(cost)
            self.without_touches.append(target.line)
        if cost and part.unnamed is not None:
            self.unnamed |= part.unnamed
            number = float(self.groups.counted[part.unnamed].sum())
            self.n_unnamed[part.key] = max(number, self.n_unnamed.get(part.key, 0.0))

    def _shares(self, paid: Flags) -> dict[str | None, float]:
        """Share of each key in the touches of the period, or of all times where it has none."""
        codes = self.groups.codes[self.level][paid]
        counted = self.groups.counted[paid]
        weights = counted if counted.any() else self.groups.total[paid]
        keys = (*self.groups.keys[self.level], None)
        sums: dict[str | None, float] = defaultdict(float)
        for code, weight in zip(codes.tolist(), weights.tolist(), strict=True):
            sums[keys[code]] += weight
        shares = {key: weight / weights.sum() for key, weight in sums.items() if weight}
        if len(shares) > 1:
            self.split.add(tuple(sorted(shares, key=str)))
        return shares


def level_costs(matcher: Matcher, targets: Sequence[SpendTarget], level: Level) -> LevelCosts:
    """Costs of the keys of a level.

    Args:
        matcher: the touches.
        targets: what spend was for.
        level: ``channel``, ``campaign`` or ``creative``.
    """
    sums = _Sums(matcher.groups, level)
    for target in targets:
        sums.add(_part(matcher.match(target.line), target.line, level), target)
    return LevelCosts(
        keys=_keys(sums),
        without_touches=tuple(sums.without_touches),
        not_assigned=tuple(sums.not_assigned),
        without_spend=_without_spend(sums) if targets else (),
        split=tuple(sorted(sums.split, key=str)),
        unnamed=round(sums.groups.counted[sums.unnamed].sum()),
    )


def _keys(sums: _Sums) -> dict[str | None, KeyCost]:
    """Costs of the keys that have touches or spend."""
    groups = sums.groups
    known, own = groups.known_costs(sums.superseded, (sums.start, sums.end))
    known = np.where(sums.superseded & ~sums.known, 0.0, known)
    present, row = np.unique(groups.codes[sums.level], return_inverse=True)
    has_spend, touches, of_known, own = (
        np.bincount(row, amounts, len(present)).tolist()
        for amounts in (sums.known, groups.counted, known, own)
    )
    found: dict[str | None, KeyCost] = {}
    for place, code in enumerate(present.tolist()):
        key = None if code < 0 else groups.keys[sums.level][code]
        spent = sums.spent.pop(key, [])
        is_known = bool(spent) or max(has_spend[place], of_known[place], own[place]) > 0
        cost = math.fsum([*spent, own[place]]) if is_known else None
        found[key] = KeyCost(cost, touches[place], of_known[place])
    return found | {
        key: KeyCost(math.fsum(spent), 0.0, 0.0, sums.n_unnamed.get(key, 0.0))
        for key, spent in sums.spent.items()
    }


def _without_spend(sums: _Sums) -> tuple[tuple[str | None, int], ...]:
    """Keys of which some touches have no spend, with the number of these."""
    groups = sums.groups
    missing: dict[str | None, float] = defaultdict(float)
    keys = (*groups.keys[sums.level], None)
    for row in np.flatnonzero(~sums.known & (groups.counted > 0)):
        missing[keys[groups.codes[sums.level][row]]] += groups.counted[row]
    ordered = sorted(missing.items(), key=lambda item: (-item[1], item[0] or ""))
    return tuple((key, round(number)) for key, number in ordered)
