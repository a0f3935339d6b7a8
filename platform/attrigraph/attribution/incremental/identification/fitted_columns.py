"""The columns of the fitted hazard at person-days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.response import Evidence, Response


def fitted_columns(evidence: Evidence, response: Response) -> NDArray[np.float64]:
    """Exposures, products of pairs, and conditions ``[m, features]``, as they were fitted."""
    exposure = evidence.touch_pairs.exposure(response.shape)
    return np.concatenate([exposure, response.effects.products(exposure), evidence.columns], axis=1)
