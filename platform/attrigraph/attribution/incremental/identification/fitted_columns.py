"""The columns of the fitted hazard at person-days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.response import by_segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.response import Evidence, Response


def fitted_columns(evidence: Evidence, response: Response) -> NDArray[np.float64]:
    """Exposures, pairs, exposures by segment, and conditions ``[m, features]``, as fitted."""
    exposure = evidence.touch_pairs.exposure(response.shape)
    return np.concatenate(
        [
            exposure,
            response.effects.products(exposure),
            by_segment(exposure, evidence.segments),
            evidence.columns,
        ],
        axis=1,
    )
