"""Touches at the moment of purchase: an excess in the last hour before conversions.

Somebody who has decided to buy searches for the brand, clicks an ad of it, or visits the shop: the
purchase causes the touch. In pharmacoepidemiology this is protopathic bias (Tamim, Monfared &
LeLorier 2007), and the remedy is to lag the exposure. The test compares the share of conversions
with a touch of the channel in the last hour to that of other customers at the same times. An effect
of marketing decays over hours or days and raises the ratio to a few tens at most; touches that
belong to the purchase raise it to hundreds. Blake, Nosko & Tadelis 2015 show what such clicks on
brand search are worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.identification.touches_between import touches_between
from attrigraph.attribution.incremental.purchase_window import LAST_HOUR, window_touches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays

MIN_RATIO: Final = 30.0
"""Ratio above which the touches of the last hour belong to the purchase. Effects with half-lives
of one to three hours gave ratios up to 36 in simulated worlds, with a standard error of a quarter;
brand search within minutes of the purchase gave 1,700 and more.
"""

NORMAL_QUANTILE: Final = 1.96
"""The lower end of the 95 % interval of the ratio must exceed ``MIN_RATIO``."""


MIN_CAPTURED: Final = 0.02
"""Minimum share of all conversions that are captured at the moment of purchase."""


def excess_in_last_hour(
    histories: Histories, person_days: PersonDays, hours: float = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ratio and z-score ``[keys]`` of touches just before conversions.

    The ratio divides the share of person-days with a conversion that have a touch in the
    last ``hours`` by the share of those without one. Half a touch is added to both, so that the
    ratio is defined for a channel without any. The z-score tests a ratio of 1.
    """
    touched = touches_between(histories, person_days, -hours * LAST_HOUR, 0.0) > 0
    is_case = person_days.event
    cases, controls = int(is_case.sum()), int((~is_case).sum())
    in_cases = touched[is_case].sum(axis=0)
    in_controls = touched[~is_case].sum(axis=0)
    share_of_cases = (in_cases + 0.5) / (cases + 1)
    share_of_controls = (in_controls + 0.5) / (controls + 1)
    ratio = share_of_cases / share_of_controls
    variance = (1 - share_of_cases) / (in_cases + 0.5) + (1 - share_of_controls) / (
        in_controls + 0.5
    )
    return ratio, np.log(ratio) / np.sqrt(variance)


def is_purchase_moment(ratio: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a channel's touches of the last hour belong to the purchase, ``[keys]``.

    Args:
        ratio: ``[keys]``, of ``excess_in_last_hour``.
        z: ``[keys]``, its z-score.
    """
    error = np.log(ratio) / np.where(z == 0, np.inf, z)
    return np.asarray(np.log(ratio) - NORMAL_QUANTILE * error > np.log(MIN_RATIO))


def at_purchase_moment(
    histories: Histories,
    person_days: PersonDays,
    credit: NDArray[np.float64],
    observed: int,
) -> NDArray[np.bool_]:
    """Channels that are met mostly at the moment of purchase, ``[keys]``.

    Exposures: those whose touches of the last hour belong to the purchase. Acts of the customer
    are always captured at that moment: those of which it holds more conversions than are credited
    to older touches, beyond the conversions that other people's touches let expect.

    Args:
        histories: the population.
        person_days: person-days with and without conversions.
        credit: conversions credited to touches before the moment of purchase, ``[keys]``.
        observed: number of conversions.
    """
    captured = observed * np.maximum(captured_share(histories, person_days), 0.0)
    is_large = captured > np.maximum(credit, MIN_CAPTURED * observed)
    return is_large | is_purchase_moment(*excess_in_last_hour(histories, person_days))


def captured_share(histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
    """Share of conversions with a captured touch of each channel, beyond that of controls."""
    window = window_touches(histories, person_days)
    touched = np.zeros((len(person_days), len(histories.keys)), dtype=bool)
    touched[window.row, histories.key[window.touch]] = True
    is_case = person_days.event
    if is_case.all():
        return np.asarray(touched.mean(axis=0))
    return np.asarray(touched[is_case].mean(axis=0) - touched[~is_case].mean(axis=0))
