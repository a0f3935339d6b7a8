"""The embedder of the extra ``sentence-transformers``: any such model in a folder, offline."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError, MissingExtraError
from attrigraph.similarity.embedders.texts import check_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

TEXTS_PER_CHUNK: Final = 32
"""How many texts the model takes at a time."""


@dataclass(frozen=True)
class SentenceTransformerEmbedder:
    """A loaded model of sentence-transformers; ``load_model`` makes it.

    Attributes:
        name: ``sentence-transformers:`` with the path of the folder.
        version: a hash of the files of the model.
        dimension: length of its vectors.
    """

    name: str
    version: str
    dimension: int
    _model: SentenceTransformer = field(repr=False, compare=False)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.embed``; how far batches change rounding depends on the model."""
        check_texts(texts)
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return _encode(self._model, texts)


def load_model(path: str) -> SentenceTransformerEmbedder:
    """Load a model from a folder; nothing is downloaded, and no code of the folder is run.

    Args:
        path: the folder, as ``SentenceTransformer.save`` writes it.

    Raises:
        InputError: there is no such folder, or no model of sentence-transformers in it.
        MissingExtraError: the package is not installed.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the embedder sentence-transformers needs the package {error.name}, which is not "
            "installed; pip install 'attrigraph[sentence-transformers]'"
        ) from error
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(
            f"the model of sentence-transformers must be a folder, got {path}; models are not "
            "downloaded, so save one there first"
        )
    try:
        model = SentenceTransformer(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise InputError(
            f"sentence-transformers cannot load a model from {path}: {error}"
        ) from error
    (probe,) = _encode(model, ["dimension"])
    return SentenceTransformerEmbedder(
        f"sentence-transformers:{path}", model_version(folder), len(probe), model
    )


def model_version(folder: Path) -> str:
    """A hash of all files of a model, by name and content; 32 hexadecimal digits.

    Its description (Markdown) and hidden files, such as those of Git, do not count. A gigabyte of
    weights takes about a second.
    """
    digest = blake2b(digest_size=16)
    for path in _files_of(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as stream:
            digest.update(file_digest(stream, blake2b).digest())
    return digest.hexdigest()


def _files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix != ".md":
            yield path


def _encode(model: SentenceTransformer, texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of texts, at least one; ``[n_texts, dimension]``."""
    vectors = model.encode(
        list(texts),
        batch_size=TEXTS_PER_CHUNK,
        normalize_embeddings=True,
        show_progress_bar=False,
    )
    return np.asarray(vectors, dtype=np.float32)
