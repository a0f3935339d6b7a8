"""Too few conversions: no channel differs from another one, nor from no effect.

Ten conversions per parameter (Peduzzi et al. 1996) let a model converge; they do not make its
answer useful. If bootstrap draws rank no pair of channels with confidence, and no channel is
told apart from zero although the draws spread widely, the credits are noise around the prior.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_PROBABILITY: Final = 0.9
"""Share of draws in which one channel ranks above another that tells them apart."""

MIN_Z: Final = 2.0
"""Standard errors from zero that tell a channel apart from no effect."""

MIN_ERROR: Final = 0.1
"""Standard error of the total credit, as a share of the conversions, below which the draws are
not wide: then small credits are a finding.
"""


def few_conversions(
    credit: NDArray[np.float64], deviations: NDArray[np.float64], observed: int
) -> bool:
    """Whether the credits are too uncertain to tell any channel from another or from none.

    Args:
        credit: conversions, ``[keys]``.
        deviations: draws of the credits minus the credits, ``[draws, keys]``.
        observed: number of conversions.
    """
    if len(deviations) == 0 or deviations.sum(axis=1).std() < MIN_ERROR * observed:
        return False
    if (np.abs(credit) > MIN_Z * deviations.std(axis=0)).any():
        return False
    draws = credit + deviations
    ahead = (draws[:, :, None] > draws[:, None, :]).mean(axis=0)
    return bool(ahead.max(initial=0.0) < MIN_PROBABILITY)
