"""The columns of the fitted hazard at person-days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.incremental.features import feature_matrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.response import Evidence, Response


def fitted_columns(
    evidence: Evidence,
    response: Response,
    *others: NDArray[np.float64],
    rows: NDArray[np.int64] | slice = slice(None),
) -> NDArray[np.float64]:
    """Exposures, pairs, exposures by segment, and conditions ``[m, features]``, as fitted.

    Args:
        evidence: person-days.
        response: the fit.
        others: further columns of the chosen person-days, each ``[m, ...]``.
        rows: the chosen person-days.
    """
    exposure = evidence.touch_pairs.exposure(response.shape)[rows]
    segments, conditions = evidence.segments[rows], evidence.columns[rows]
    return feature_matrix(exposure, response.effects.pairs, segments, conditions, *others)
