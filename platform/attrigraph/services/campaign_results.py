"""What campaigns brought, as estimates with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MODEL: Final = "incremental"
"""Whose credit is shown by default: what campaigns caused."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: the estimate; None where it is withheld.
        low: lower end of the interval; None without one.
        high: its upper end.
        identified: whether the data can answer it.
    """

    value: float | None
    low: float | None
    high: float | None
    identified: bool


def estimates(
    numbers: list[float | None], identified: bool | None
) -> tuple[Estimate | None, Estimate | None]:
    """Credit and ROAS of a campaign; None for what it does not have.

    Args:
        numbers: see ``attrigraph.graph.described.CampaignResult``.
        identified: whether the data can answer them.
    """
    credit, low, high, *_, roas, roas_low, roas_high = numbers
    if credit is None:
        return None, None
    answered = identified is not False
    returned = None if answered and roas is None else Estimate(roas, roas_low, roas_high, answered)
    return Estimate(credit, low, high, answered), returned
