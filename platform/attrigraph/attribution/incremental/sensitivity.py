"""Sensitivity to unmeasured confounding: the strength that would halve a credit (E-value)."""

from __future__ import annotations

import math

from attrigraph.errors import InputError


def e_value(ratio: float) -> float:
    """Minimum confounding strength that explains a risk ratio away (VanderWeele & Ding 2017).

    The confounder must have at least this risk ratio with both the touches and the conversion,
    given the measured covariates: ``E = RR + sqrt(RR (RR - 1))`` for RR >= 1. Ratios below 1 are
    inverted.

    Raises:
        InputError: the ratio is not above 0.
    """
    if not ratio > 0:
        raise InputError(f"a risk ratio must be above 0, got {ratio}")
    ratio = max(ratio, 1 / ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def halving_strength(credit: float, conversions: float) -> float:
    """Minimum strength of an unmeasured confounder that would halve a channel's credit.

    Among customers whom the channel touched, ``conversions`` were observed, and
    ``conversions - credit`` would have happened without it. Half the credit corresponds to the risk
    ratio ``conversions / (conversions - credit / 2)``. The confounder must explain the difference.

    Args:
        credit: the channel's credited conversions, below ``conversions``; may be negative.
        conversions: observed conversions of customers it touched, > 0.

    Raises:
        InputError: there are no such conversions, or the credit is all of them.
    """
    if conversions <= 0 or credit >= conversions:
        raise InputError(
            "a channel's credit must be below the conversions of customers it touched, got"
            f" {credit:.1f} of {conversions:.1f}"
        )
    full = conversions / (conversions - credit)
    half = conversions / (conversions - credit / 2)
    return e_value(full / half)
