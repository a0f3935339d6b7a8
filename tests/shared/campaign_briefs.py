"""200 campaign briefs: 20 themes in English, German and Spanish, and how well vectors find them.

No brief translates another, and the themes are not given away by words that their briefs share:
by counted words (tf-idf), the nearest briefs have the same theme no more often than by chance.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE: Final = Path(__file__).parents[1] / "similarity" / "embedders" / "briefs.tsv"


@dataclass(frozen=True)
class Briefs:
    """Briefs as columns.

    Attributes:
        themes: ``[n_briefs]``.
        languages: ``[n_briefs]``, ``en``, ``de`` or ``es``.
        texts: the briefs.
    """

    themes: NDArray[np.str_]
    languages: NDArray[np.str_]
    texts: list[str]

    def precision_at_5(
        self, vectors: NDArray[np.float32], *, other_languages: bool = False
    ) -> float:
        """Mean share of the five nearest other briefs that have the theme of a brief.

        Args:
            vectors: unit vectors of the texts; ``[n_briefs, dimension]``.
            other_languages: only briefs in another language count as neighbours.
        """
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -np.inf)
        if other_languages:
            cosines[self.languages[:, None] == self.languages] = -np.inf
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :5]
        return float((self.themes[nearest] == self.themes[:, None]).mean())


def read_briefs() -> Briefs:
    """Read the file of briefs."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return Briefs(
        np.array([row["theme"] for row in rows]),
        np.array([row["language"] for row in rows]),
        [row["text"] for row in rows],
    )
