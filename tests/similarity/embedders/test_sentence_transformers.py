from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.embedders.sentence_transformers import load_model, model_version

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS: list[dict[str, Any]] = []


class FindsNone:
    """A class of models that finds none, and records what it was called with."""

    def __init__(self, path: str, **options: Any) -> None:
        OPTIONS.append(options)
        raise OSError("no file named config.json")


@pytest.fixture(autouse=True)
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = ModuleType("sentence_transformers")
    stand_in.SentenceTransformer = FindsNone  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", stand_in)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_the_name_of_a_model_that_would_be_downloaded_is_an_error() -> None:
    with pytest.raises(InputError, match="must be a folder, got sentence-transformers/LaBSE"):
        load_model("sentence-transformers/LaBSE")


def test_a_folder_without_a_model_is_an_error_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot load a model from .* no file named config.json"):
        load_model(str(tmp_path))
    assert OPTIONS[-1] == {"local_files_only": True}


def test_weights_of_the_same_size_are_another_version(folder: Path) -> None:
    version = model_version(folder)
    (folder / "model.safetensors").write_bytes(b"WEIGHTS")
    assert model_version(folder) != version


def test_a_file_under_another_name_is_another_version(folder: Path) -> None:
    version = model_version(folder)
    (folder / "1_Pooling").rename(folder / "2_Pooling")
    assert model_version(folder) != version


def test_descriptions_hidden_files_and_the_place_of_a_folder_do_not_count(folder: Path) -> None:
    version = model_version(folder)
    (folder / "README.md").write_text("# A model", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("main", encoding="utf-8")
    assert model_version(folder) == version
    assert model_version(folder.rename(folder.with_name("moved"))) == version
