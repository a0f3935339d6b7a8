"""Factors between what marketing caused and what platforms claim, by channel and campaign.

A factor of 0.4 means that 4 of 10 claimed conversions would not have happened without the key. A
platform counts conversions of which others claim the same, so claims are compared platform by
platform and never added up over several.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.quantities import enumerated
from attrigraph.spend.campaign_names import campaign_names
from attrigraph.spend.costs import level_costs
from attrigraph.spend.matching import Matcher
from attrigraph.spend.period import day_bounds, days_inside
from attrigraph.spend.rates import answer_currency, converted
from attrigraph.spend.returns import FULL
from attrigraph.spend.targets import spend_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attrigraph.domain import Attribution, Credit, Level
    from attrigraph.domain.claim_days import ClaimDays
    from attrigraph.domain.columns import Amounts
    from attrigraph.spend.costs import KeyCost
    from attrigraph.spend.period import Period
    from attrigraph.spend.rates import Rates
    from attrigraph.spend.touch_groups import TouchGroups

    Claimed = Mapping[str, Mapping[str | None, KeyCost]]

FACTOR_LEVELS: Final[tuple[Level, ...]] = ("channel", "campaign")

NAMELESS: Final = "(unknown)"
"""A platform that no row names."""

SEVERAL: Final = "several platforms claim its conversions, and one may be claimed by each of them"
NOT_IDENTIFIED: Final = "the data do not identify what it caused"
NO_CREDIT: Final = "no touch of it is in the data"
NO_CLAIMS: Final = "nothing is claimed"


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of platforms, and how to read them.

    Attributes:
        days: per day.
        campaign_names: names of campaigns by id, where they are known.
        currency: code of the currency of values; None for that of the claims.
        rates: rates into it; None for none.
    """

    days: ClaimDays
    campaign_names: Mapping[str, str]
    currency: str | None = None
    rates: Rates | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """One key's credit beside what one platform claims for it, over the same days.

    Attributes:
        level: ``channel`` or ``campaign``.
        key: its name or id; None gathers the touches for which it is unknown.
        platform: who claims.
        claimed: claimed conversions.
        conversions: credited conversions; None without a credit.
        factor: credited over claimed conversions; None where it is withheld.
        factor_low: lower end of its 90 % interval.
        factor_high: its upper end.
        claimed_value: claimed value, currency; None where unknown.
        value: credited value, currency.
        value_factor: credited over claimed value.
        value_factor_low: lower end of its 90 % interval.
        value_factor_high: its upper end.
        reason: why factors are withheld; None where they are not.
    """

    level: str
    key: str | None
    platform: str
    claimed: float
    conversions: float | None = None
    factor: float | None = None
    factor_low: float | None = None
    factor_high: float | None = None
    claimed_value: float | None = None
    value: float | None = None
    value_factor: float | None = None
    value_factor_low: float | None = None
    value_factor_high: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """All factors, and the sentences that belong to them.

    Attributes:
        model: the model whose credit is compared.
        currency: of values; None where it is not known.
        rows: by level, key and platform.
        names: names of campaigns by id, where they are known.
    """

    model: str
    currency: str | None
    rows: tuple[Factor, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    def total_claimed(self, level: str = "campaign") -> float:
        """All conversions that are claimed at a level.

        Raises:
            InputError: several platforms claim them.
        """
        rows = [row for row in self.rows if row.level == level]
        platforms = sorted({row.platform for row in rows})
        if len(platforms) > 1:
            raise InputError(
                f"the claims of {enumerated(platforms)} cannot be added up, since each platform "
                "counts conversions that others count too; compare each with its own credit"
            )
        return math.fsum(row.claimed for row in rows)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph factors --json`` prints."""
        rows = [asdict(row) for row in self.rows]
        keys = {row.key for row in self.rows if row.level == "campaign"}
        names = {key: name for key, name in self.names.items() if key in keys and name != key}
        named = {"names": names} if names else {}
        return {"model": self.model, "currency": self.currency, **named, "factors": rows}


def factors_of(
    answers: Sequence[Attribution],
    model: str,
    claims: Claims,
    groups: TouchGroups,
    period: Period | None,
) -> Factors:
    """Factors of the keys that platforms claim conversions for.

    Args:
        answers: credits, one answer per level.
        model: whose credit.
        claims: of platforms.
        groups: the touches that the answers are about.
        period: the time that they are about.

    Raises:
        InputError: values are in several currencies, or a rate is missing.
    """
    days = claims.days
    currency = answer_currency(days.currency.keys, claims.currency, claims.rates, "claimed values")
    value = converted(days.value, days.currency, days.date, currency, claims.rates)
    # own costs of touches are no claims
    matcher = Matcher(
        replace(
            groups,
            cost=np.full_like(groups.cost, np.nan),
            priced=np.zeros_like(groups.priced),
        ),
        claims.campaign_names,
    )
    rows: list[Factor] = []
    for answer in answers:
        level = next(level for level in FACTOR_LEVELS if level == answer.by)
        counts = _claimed(days, days.conversions, matcher, period, level)
        values = _claimed(days, value, matcher, period, level)
        credits = {credit.key: credit for credit in answer.models[model].credits}
        rows += _rows(level, counts, values, credits)
    names = campaign_names(days, claims.campaign_names)
    return Factors(model, currency, tuple(rows), names)


def _claimed(
    days: ClaimDays, amount: Amounts, matcher: Matcher, period: Period | None, level: Level
) -> Claimed:
    """What each platform claims for each key, by platform; NaN where a part is unknown."""
    bounds = day_bounds(days)
    targets = spend_targets(days, amount, days_inside(*bounds, period), bounds)
    platforms = sorted({_platform(target.line.platform) for target in targets})
    return {
        platform: level_costs(
            matcher, [one for one in targets if _platform(one.line.platform) == platform], level
        ).keys
        for platform in platforms
    }


def _platform(name: str | None) -> str:
    return NAMELESS if name is None else name


def _rows(
    level: str, counts: Claimed, values: Claimed, credits: Mapping[str | None, Credit]
) -> Iterator[Factor]:
    found = [
        (key, platform, one)
        for platform, keys in counts.items()
        for key, one in keys.items()
        if one.cost is not None
    ]
    claimants = [key for key, _, one in found if one.cost]
    for key, platform, one in sorted(found, key=lambda row: (row[0] is None, row[0] or "", row[1])):
        yield _factor(
            Factor(level, key, platform, one.cost or 0.0),
            credits.get(key),
            values[platform][key].cost,
            _reason(one, credits.get(key), several=claimants.count(key) > 1),
        )


def _reason(one: KeyCost, credit: Credit | None, *, several: bool) -> str | None:
    if several:
        return SEVERAL
    if credit is None:
        return NO_CREDIT
    if credit.identified is False:
        return NOT_IDENTIFIED
    if not one.cost:
        return NO_CLAIMS
    if one.coverage < FULL:
        return f"the claims cover {one.coverage:.0%} of its touches"
    return None


def _factor(
    row: Factor, credit: Credit | None, claimed_value: float | None, reason: str | None
) -> Factor:
    known = claimed_value is not None and not math.isnan(claimed_value)
    row = replace(row, claimed_value=claimed_value if known else None, reason=reason)
    if credit is None:
        return row
    row = replace(row, conversions=credit.conversions, value=credit.value)
    if reason is not None:
        return row
    return replace(
        row,
        factor=_over(credit.conversions, row.claimed),
        factor_low=_over(credit.low, row.claimed),
        factor_high=_over(credit.high, row.claimed),
        value_factor=_over(credit.value, row.claimed_value),
        value_factor_low=_over(credit.value_low, row.claimed_value),
        value_factor_high=_over(credit.value_high, row.claimed_value),
    )


def _over(amount: float | None, claimed: float | None) -> float | None:
    return amount / claimed if amount is not None and claimed else None
