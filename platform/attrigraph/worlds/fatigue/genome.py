"""What creatives are made of: hooks, promises and frames as words, and as vectors.

Words are made of syllables, so that they mean nothing and hashing finds every likeness. Elements of
one concept share most of their words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.similarity.embedders.hashing import HashingEmbedder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

KINDS: Final = ("hook", "promise", "frame")

CONCEPTS: Final = 60
"""Of each kind."""

WORDS: Final = 8
"""Of a concept; an element has all but one of them, and one of its own."""

SYLLABLES: Final = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "ki",
    "le",
    "mo",
    "nu",
    "pa",
    "re",
    "si",
    "to",
)


@dataclass(frozen=True, slots=True, eq=False)
class Genomes:
    """The elements of each creative.

    Attributes:
        texts: words of the elements by kind, ``[creatives]`` each.
        vectors: unit vectors of the same ``[creatives, 384]`` each.
    """

    texts: dict[str, list[str]]
    vectors: dict[str, Floats]


def genomes(campaigns: int, creatives: int, rng: np.random.Generator) -> Genomes:
    """Draw the elements of all creatives, those of one campaign together.

    Half of the creatives of a campaign share its house hook. All other elements are of concepts at
    random.
    """
    texts = {kind: _elements(kind, campaigns * creatives, rng) for kind in KINDS}
    hooks = texts["hook"]
    for first in range(0, len(hooks), creatives):
        house = rng.permutation(creatives)[: (creatives + 1) // 2]
        for place in house:
            hooks[first + place] = hooks[first + house[0]]
    embedder = HashingEmbedder()
    vectors = {kind: embedder.embed(own).astype(np.float64) for kind, own in texts.items()}
    return Genomes(texts, vectors)


def _elements(kind: str, count: int, rng: np.random.Generator) -> list[str]:
    concepts = [[_word(rng) for _ in range(WORDS)] for _ in range(CONCEPTS)]
    chosen = rng.integers(CONCEPTS, size=count)
    left_out = rng.integers(WORDS, size=count)
    return [
        " ".join([kind, *_without(concepts[concept], out), _word(rng)])
        for concept, out in zip(chosen.tolist(), left_out.tolist(), strict=True)
    ]


def _without(words: list[str], place: int) -> list[str]:
    return words[:place] + words[place + 1 :]


def _word(rng: np.random.Generator) -> str:
    return "".join(SYLLABLES[number] for number in rng.integers(len(SYLLABLES), size=3))
