"""What a small correction has learnt is moved into a larger one, which then predicts the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.adaptation.low_rank import LowRank

    Floats = NDArray[np.float64]


def fold(base: LowRank, small: LowRank, x: Floats) -> None:
    """Add the small correction to the base, and reset it to 0.

    Of all corrections of the base's rank the base becomes the one with the least sum of squared
    differences from the sum of both, over cases ``x`` ``[n, n_features]`` (reduced-rank regression,
    Izenman 1975). It is exact where the sum has no higher rank. Without cases the sum itself is
    approximated. Both factors get the same length.
    """
    weights = base.scale * base.b @ base.a + small.scale * small.b @ small.a
    fitted = x @ weights.T if len(x) else weights.T
    # rows: directions of the outputs, by how much of the corrections they carry
    directions = np.zeros((len(base.a), len(weights)))
    leading = np.linalg.svd(fitted, full_matrices=False)[2][: len(directions)]
    directions[: len(leading)] = leading
    rows = directions @ weights / base.scale
    sizes = np.sqrt(np.linalg.norm(rows, axis=1))
    sizes[sizes == 0] = 1
    base.a[...] = rows / sizes[:, None]
    base.b[...] = directions.T * sizes
    base.bias += small.bias
    small.reset()
