"""Why a credit is not identified: codes for machines, and a plain sentence for each.

A credit is identified if the data can answer what its key caused. Every sentence says what a reason
means and what to do about it, to somebody who does not know the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain.columns import UNKNOWN
from attrigraph.quantities import enumerated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REASONS: Final[Mapping[str, str]] = {
    "no-touches": (
        "money was spent on {channel}, and the data have no impression or click of it, so nobody is"
        " known to have seen it; record its impressions or clicks, or see to it that spend and"
        " events call it by the same name"
    ),
    "steady-spend": (
        "the spend on {channel} hardly changed in ways of its own, so days with more and with less"
        " of it cannot be compared; spend more in some weeks and less in others, picked by lot, or"
        " pause it in some regions"
    ),
    "future-touches": (
        "people whom {channel} reached only later were already buying more than others, so it seems"
        " to reach people who buy anyway, and its credit may be too high; to find out, keep it from"
        " a part of the people that is picked by lot, and compare how much both parts buy"
    ),
    "stops-after-purchase": (
        "{channel} comes in bursts before people buy and stops once they have bought, so it may"
        " follow people who are about to buy anyway, and its credit may be too high; to find out,"
        " keep it from a part of the people that is picked by lot, and compare how much both parts"
        " buy"
    ),
    "moment-of-purchase": (
        "people mostly come through {channel} in the very visit in which they buy, so it may be"
        " the door they came in by and not why they bought; to find out, switch it off for people"
        " or regions picked by lot, and compare their purchases with those of the others"
    ),
    "parameter-at-bound": (
        "the calculation allows effects of a certain strength and length only, and {channel} came"
        " out right at the edge of that, so its credit depends on this limit and not on the data;"
        " use more months of data, or switch it off for people picked by lot and compare"
    ),
    "no-overlap": (
        "the people who get {channel} and those who do not are too different to be compared; if you"
        " choose who gets it (such as past buyers only), add what you choose by as a column of the"
        " customers table, or keep it from some people picked by lot"
    ),
    "collinear": (
        "{channel} almost always runs together with the other one that a note names, so trust"
        " only their two credits added together and not each alone; run just one of the two for a"
        " month or two, or in some regions"
    ),
    "mutual-triggers": (
        "{channel} and the other one that a note names each seem to come after the other, perhaps"
        " because both are sent to the same people or on the same dates, so trust only their two"
        " credits added together; pause one of the two for a month or two, or in some regions"
    ),
    "impossible-total": (
        "all credits together, that of {channel} among them, are for more than was sold or for far"
        " less than nothing, which cannot be right; check that the data hold people who did not"
        " buy, and that facts about people are from before they saw {channel}; if so, measure one"
        " channel by an experiment"
    ),
    "unknown-population": (
        "nearly everybody in the data saw marketing or bought, so there is nobody to compare"
        " {channel} with; add people who saw none of it to the customers table, or give the number"
        " of people who could have bought in all (option --population)"
    ),
    "short-lived-ids": (
        "the same person is counted as several, as when cookies of a browser are deleted, so the"
        " data do not show that a buyer had seen {channel} before; record people by something that"
        " lasts, such as a login or a customer number"
    ),
    "joined-buyers": (
        "people who bought are known under all of their devices and cookies, and many of the others"
        " are counted once for each, so buyers seem to have seen {channel} more often than others"
        " did, whether or not it made them buy; join the devices of people who do not buy as well,"
        " or leave the table of identities out"
    ),
    "outcome-covariate": (
        "a column of the customers table that a note names seems to be filled in after people saw"
        " marketing or bought (as a total of purchases would be), so {channel} can look better or"
        " worse than it is; remove that column, or give its values from before the first day"
    ),
    "experiments-disagree": (
        "the experiments on {channel} differ from each other, or from the rest of the data, by more"
        " than luck explains; check that their dates and numbers are right, and repeat the largest"
        " or the latest one"
    ),
    "few-conversions": (
        "too few people bought after they saw {channel} to separate its effect from luck; use more"
        " months of data, or count it and a similar one under one name"
    ),
    "not-marketing": (
        "{channel} is a channel through which people come by themselves, or runs only in such"
        " channels (option --not-marketing lists them), so it gets no credit, which is as it should"
        " be; if you do pay for it, take its channel off that list"
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
    return REASONS.get(code, code).format(channel=_name(key))


def shared_sentences(reasons: Mapping[str | None, Sequence[str]]) -> Iterator[str]:
    """One sentence per reason, which names all keys that it holds for.

    Args:
        reasons: by key that is not identified, the codes why; without one the fact remains.
    """
    by_reason: dict[str, list[str | None]] = {}
    for key, codes in reasons.items():
        for code in codes or ("",):
            by_reason.setdefault(code, []).append(key)
    for code, (first, *others) in by_reason.items():
        means = sentence(code, first) if code else f"{_name(first)} is not identified"
        same = f" (the same holds for {enumerated(list(map(_name, others)))})" if others else ""
        yield means + same


def _name(key: str | None) -> str:
    return UNKNOWN if key is None else key
