"""What an embedder is, and every embedder by name: this module alone knows them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from attrigraph.errors import InputError
from attrigraph.similarity.embedders.hashing import HashingEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

EMBEDDERS: Final = ("hashing", "text", "sentence-transformers:PATH")
"""The names that ``embedder_named`` takes; PATH is the folder of a model."""


class Embedder(Protocol):
    """Texts to vectors. Vectors of two embedders, or of two versions of one, never compare."""

    @property
    def name(self) -> str:
        """Its name, from which ``embedder_named`` makes it again."""

    @property
    def version(self) -> str:
        """Changes whenever the vectors of texts change."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, in chunks; each depends on its own text alone, to rounding.

        Args:
            texts: each has a letter or a digit; none give ``[0, dimension]``.

        Returns:
            ``[n_texts, dimension]``, rows of length 1.

        Raises:
            InputError: a text has no letter or digit; the message has its position, from 1.
        """


def embedder_named(name: str) -> Embedder:
    """The embedder of a name; models are loaded here or at the first text.

    Args:
        name: one of ``EMBEDDERS``.

    Raises:
        InputError: there is no such embedder, or no model at PATH.
        MissingExtraError: the package of its extra is not installed.
    """
    kind, _, path = name.partition(":")
    if name == "hashing":
        return HashingEmbedder()
    if name == "text":
        from attrigraph.similarity.embedders.text import TextEmbedder

        return TextEmbedder()
    if kind == "sentence-transformers" and path:
        from attrigraph.similarity.embedders.sentence_transformers import load_model

        return load_model(path)
    raise InputError(f"the embedder must be one of {', '.join(EMBEDDERS)}, got {name!r}")
