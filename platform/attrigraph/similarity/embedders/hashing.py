"""The built-in embedder: signed feature hashing of words and of the characters in them.

It finds texts that share words, parts of words or spellings, without a model or a download. It
knows nothing of meaning: two texts on one subject in other words are as far apart as any two.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.similarity.embedders.texts import check_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

N_GRAMS: Final = (3, 4)
"""Lengths of the character n-grams; of 3, 4 and 5 alone and together these find most."""

WEIGHT_OF_TEXT: Final = 0.1
"""Of the feature that is the whole text: the others may cancel each other, and with it cannot."""

_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class HashingEmbedder:
    """Feature hashing, the same in every process, on every machine and in every Python.

    Only letters that a later version of Unicode adds may be normalised in another way. A text is
    normalised (NFKC, case folded) and split into words. Its features are the words and their
    character n-grams, with ``<`` and ``>`` at both ends of a word. A feature that occurs n times
    has weight ``1 + ln n``. A hash gives each its component and its sign, so that collisions
    cancel out on average: cosines are unbiased, with an error of about ``dimension ** -.5``.

    Source: K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.

    Attributes:
        name: ``hashing``.
        version: counts the changes of features, weights and hash.
        dimension: 384.
    """

    name: str = "hashing"
    version: str = "1"
    dimension: int = 384

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.embed``; the vector of a text is the same in every batch, bit for bit."""
        check_texts(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[:] = self._vector(text)
        return vectors

    def _vector(self, text: str) -> NDArray[np.float64]:
        """The unit vector of one text; ``[dimension]``."""
        vector = np.zeros(self.dimension)
        words = _WORD.findall(normalise(text))
        for feature, count in Counter(_features(words)).items():
            component, sign = _place(feature, self.dimension)
            vector[component] += sign * (1 + math.log(count))
        component, sign = _place(f"text {' '.join(words)}", self.dimension)
        vector[component] += sign * WEIGHT_OF_TEXT
        return vector / math.sqrt(vector @ vector)


def normalise(text: str) -> str:
    """A text in NFKC with its case folded, so that spellings of one word agree.

    >>> normalise("ＳＴＲＡẞＥ")
    'strasse'
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _features(words: Sequence[str]) -> Iterator[str]:
    """Words and character n-grams, each with its kind, since a word may look like an n-gram."""
    for word in words:
        yield f"word {word}"
        padded = f"<{word}>"
        for n in N_GRAMS:
            for start in range(len(padded) - n + 1):
                yield f"characters {padded[start : start + n]}"


def _place(feature: str, dimension: int) -> tuple[int, int]:
    """The component of a feature and its sign, from a hash that no process or version changes."""
    number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")
    return (number >> 1) % dimension, 1 if number & 1 else -1
