"""Twice 200 campaign briefs of 20 themes in English, German and Spanish, and how well vectors do.

No brief translates another. Those of ``briefs.tsv`` are hard: their themes are not given away by
words that they share, so that by counted words (tf-idf) the nearest briefs have the same theme no
more often than by chance. Those of ``natural_briefs.tsv`` name what they advertise, as briefs do;
who wrote them knew nothing of how they are used.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER: Final = Path(__file__).parents[1] / "similarity" / "embedders"


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


def read_briefs(name: str = "briefs") -> Briefs:
    """Read ``briefs`` or ``natural_briefs``."""
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return Briefs(
        np.array([row["theme"] for row in rows]),
        np.array([row["language"] for row in rows]),
        [row["text"] for row in rows],
    )
