"""Sensitivity to what was not measured: how strong a hidden cause must be to halve a credit."""

from __future__ import annotations

import math

from attrigraph.errors import InputError


def e_value(ratio: float) -> float:
    """Least strength of a hidden cause that explains a risk ratio away (VanderWeele & Ding 2017).

    Both with the touches and with converting, the cause must have at least this risk ratio, beyond
    all that was measured: ``E = RR + sqrt(RR (RR - 1))`` for RR >= 1; ratios below 1 are inverted.

    Raises:
        InputError: when the ratio is not above 0.
    """
    if not ratio > 0:
        raise InputError(f"a risk ratio must be above 0, got {ratio}")
    ratio = max(ratio, 1 / ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def halving_strength(credit: float, conversions: float) -> float:
    """Least strength of a hidden cause under which only half of a channel's credit is real.

    Among customers whom the channel touched, ``conversions`` were observed and
    ``conversions - credit`` would have been without it; half the credit is the risk ratio
    ``conversions / (conversions - credit / 2)``. The hidden cause must make up the difference.

    Args:
        credit: the channel's credited conversions, below ``conversions``; may be negative.
        conversions: observed conversions of customers it touched, > 0.

    Raises:
        InputError: when there are no such conversions or the credit is all of them.
    """
    if conversions <= 0 or credit >= conversions:
        raise InputError(
            "a channel's credit must be below the conversions of customers it touched, got"
            f" {credit:.1f} of {conversions:.1f}"
        )
    whole = conversions / (conversions - credit)
    half = conversions / (conversions - credit / 2)
    return e_value(whole / half)
