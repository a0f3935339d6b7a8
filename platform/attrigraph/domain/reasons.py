"""Why a credit is not identified: codes for machines, and a plain sentence for each.

A credit is identified if the data can answer what its key caused. Every sentence says what a reason
means and what to do about it, to somebody who does not know the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain.columns import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Final[Mapping[str, str]] = {
    "future-touches": (
        "{channel} reaches people who are about to buy anyway: touches that came only later already"
        " go along with purchases, so part of its credit may be demand that was there before;"
        " withhold it from a random group of people to measure its effect"
    ),
    "moment-of-purchase": (
        "touches of {channel} happen mostly in the very visit in which people buy, so they may be"
        " the way to the shop and not the reason for the purchase; withhold it from a random group"
        " of people or regions to measure its effect"
    ),
    "parameter-at-bound": (
        "the strength or the duration of the effect of {channel} came out at the limit of what the"
        " model allows, so its credit depends on that limit and not on the data; load a longer"
        " period, or measure the effect by an experiment"
    ),
    "no-overlap": (
        "there are no comparable people with and without {channel}: whether somebody gets it is as"
        " good as decided by who they are; add the rule that decides it to the customers table, or"
        " withhold it from a random group of people"
    ),
    "collinear": (
        "{channel} almost always runs together with another channel, so only the sum of their"
        " credits can be trusted, not how it is split; run one of them alone for some weeks or in"
        " some regions"
    ),
    "mutual-triggers": (
        "{channel} and another channel each seem to lead to touches of the other, as happens when"
        " both follow the same people or the same calendar, so only the sum of their credits can be"
        " trusted; pause one of them for some weeks or in some regions"
    ),
    "impossible-total": (
        "all credits together are more than was sold, or the purchases without any marketing come"
        " out below zero, so the credit of {channel} cannot be right; check that people who did not"
        " buy are in the data"
    ),
    "unknown-population": (
        "nearly everybody in the data was touched or bought, so nobody shows what happens without"
        " {channel}; add a customers table with people who were never touched, or give the number"
        " of people who could have bought"
    ),
    "short-lived-ids": (
        "the same person appears under several ids that each live for a short time, as with deleted"
        " cookies, so purchases are cut off from earlier touches of {channel}; use ids that last,"
        " such as logins"
    ),
    "outcome-covariate": (
        "a column of the customers table seems to have been recorded after the touches or after the"
        " purchase, so it may hide or feign the effect of {channel}; take it out, or use its value"
        " from before the period"
    ),
    "experiments-disagree": (
        "experiments on {channel} contradict each other or the other data by more than chance;"
        " check their dates and who took part, and repeat the one that matters most"
    ),
    "few-conversions": (
        "too few purchases follow touches of {channel} to separate its effect from chance; load a"
        " longer period, or combine it with a similar channel"
    ),
    "not-marketing": (
        "{channel} is a way in which people come by themselves and not something that was done to"
        " reach them, so it is not credited as a cause; if it is paid for, leave it out of"
        " --not-marketing"
    ),
}
"""By code, a sentence with ``{channel}`` in place of the name; campaigns and creatives alike."""


def sentence(code: str, key: str | None) -> str:
    """The sentence of a reason about one key.

    A code that this version does not know, as in a run of a later version, is returned as it is.

    Args:
        code: of the reason.
        key: what is not identified; None for what is unknown.
    """
    # the name of a channel may hold braces, so it is inserted as a value
    return REASONS.get(code, code).format(channel=UNKNOWN if key is None else key)
