"""Everything about money of one answer: spend, its currency, and which day counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain import LEVELS, SpendDays
from attrigraph.domain.returns import SpendSummary
from attrigraph.quantities import counted, enumerated
from attrigraph.spend.campaign_names import campaign_names
from attrigraph.spend.costs import level_costs
from attrigraph.spend.matching import Matcher
from attrigraph.spend.period import day_bounds, days_inside
from attrigraph.spend.rates import answer_currency, converted
from attrigraph.spend.returns import with_returns
from attrigraph.spend.targets import spend_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attrigraph.domain import Attribution, Level
    from attrigraph.domain.columns import Amounts, Flags, Rows
    from attrigraph.spend.costs import LevelCosts
    from attrigraph.spend.period import Period
    from attrigraph.spend.rates import Rates
    from attrigraph.spend.targets import SpendTarget
    from attrigraph.spend.touch_groups import TouchGroups


@dataclass(frozen=True, slots=True, eq=False)
class Spend:
    """What was spent, and in which currency the answer is.

    Attributes:
        days: spend per day.
        campaign_names: names of campaigns by id, where they are known.
        currency: code of the currency of the answer; None for that of the spend.
        rates: rates into it; None for none.
        creative_names: names of creatives by id, where they are known.
    """

    days: SpendDays = field(default_factory=SpendDays.empty)
    campaign_names: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    rates: Rates | None = None
    creative_names: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> dict[str, Mapping[str, str]]:
        """Names by level and id.

        Those of campaigns are the known ones, else the last that a day of spend has.
        """
        return {
            "campaign": campaign_names(self.days, self.campaign_names),
            "creative": self.creative_names,
        }

    def costs(self) -> tuple[str | None, Amounts]:
        """The currency of the answer, and the cost of each day in it, float64 ``[n]``.

        Raises:
            InputError: the spend is in several currencies, or a rate is missing.
        """
        days = self.days
        currency = answer_currency(days.currency.keys, self.currency, self.rates, "costs")
        return currency, converted(days.cost, days.currency, days.date, currency, self.rates)


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """Spend matched with the touches of one set of data.

    Attributes:
        currency: of every amount; None where it is not known.
        period: the time that counts; None where the data have no times.
        matcher: the touches.
        targets: what spend was for.
        notes: sentences about spend as a whole.
        names: names of campaigns and creatives by level and id, where they are known.
    """

    currency: str | None
    period: Period | None
    matcher: Matcher
    targets: tuple[SpendTarget, ...]
    notes: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]]

    def costs(self, level: Level) -> LevelCosts:
        """Costs of the keys of a level."""
        return level_costs(self.matcher, self.targets, level)

    def channel_costs(self) -> Mapping[str, float]:
        """Known costs of channels, where they are above 0."""
        keys = self.costs("channel").keys
        return {key: one.cost for key, one in keys.items() if key is not None and one.cost}


def accounts_of(spend: Spend, groups: TouchGroups, period: Period | None) -> Accounts:
    """Match spend with touches.

    Raises:
        InputError: the spend is in several currencies, or a rate is missing.
    """
    days = spend.days
    currency, cost = spend.costs()
    bounds = day_bounds(days)
    inside = days_inside(*bounds, period)
    targets = spend_targets(days, cost, inside, bounds)
    notes = [*_outside(inside), *_partly_covered(days, bounds, period)]
    matcher = Matcher(groups, spend.campaign_names)
    return Accounts(currency, period, matcher, targets, tuple(notes), spend.names())


def with_accounts(answer: Attribution, accounts: Accounts) -> Attribution:
    """The answer with cost and return of each credit, and the names of its keys."""
    level = next(level for level in LEVELS if level == answer.by)
    costs = accounts.costs(level)
    has_values = answer.observed.value != 0
    models = {
        name: with_returns(model, costs.keys, has_values=has_values)
        for name, model in answer.models.items()
    }
    priced = replace(
        answer,
        models=models,
        currency=accounts.currency,
        spend_summary=_summary(accounts, costs) if accounts.targets else None,
    )
    return with_names(priced, accounts.names)


def with_names(answer: Attribution, known: Mapping[str, Mapping[str, str]]) -> Attribution:
    """The answer with the names of its campaigns or creatives, where they differ from their ids.

    Args:
        answer: of any level.
        known: names by level and id.
    """
    keys = {line.key for model in answer.models.values() for line in model.credits}
    names = sorted(known.get(answer.by, {}).items())
    named = {key: name for key, name in names if key in keys and name != key}
    return replace(answer, names=named)


def _summary(accounts: Accounts, costs: LevelCosts) -> SpendSummary:
    start, end = (None, None) if accounts.period is None else accounts.period.days
    return SpendSummary(
        start=start,
        end=end,
        total=sum(target.line.cost for target in accounts.targets),
        without_touches=costs.without_touches,
        not_assigned=costs.not_assigned,
        without_spend=costs.without_spend,
        notes=(*accounts.notes, *_divided(costs.split), *_unnamed(costs.unnamed)),
    )


def _unnamed(touches: int) -> Iterator[str]:
    """Touches that may belong to campaigns with spend, but name none."""
    if touches:
        yield (
            f"{counted(touches, 'touch')} without a campaign in channels with spend on campaigns: "
            "returns of these campaigns may be too low, and are withheld of those without touches"
        )


def _outside(inside: Flags) -> Iterator[str]:
    n = int((~inside).sum())
    if n:
        rows = counted(n, "daily row")
        yield f"{rows} of spend outside the period of the answer, which {_is(n)} not counted"


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _partly_covered(
    days: SpendDays, bounds: tuple[Rows, Rows], period: Period | None
) -> Iterator[str]:
    """Platforms whose rows begin after the period does, or end before it."""
    if period is None:
        return
    for code in np.unique(days.platform.codes):
        rows = days.platform.codes == code
        if bounds[0][rows].min() > period.start or bounds[1][rows].max() < period.end:
            name = "a platform without a name" if code < 0 else days.platform.keys[code]
            first, last = days.date[rows].min(), days.date[rows].max()
            yield f"the spend of {name} covers {first} to {last} of the period only"


def _divided(split: Sequence[tuple[str | None, ...]]) -> Iterator[str]:
    for keys in split:
        names = enumerated(["(unknown)" if key is None else key for key in keys])
        yield f"spend on the same campaign is divided among {names} by their touches"
