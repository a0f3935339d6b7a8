from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from attrigraph.bloom.folder import bloom_files, write_bloom_files
from attrigraph.cli.main import cli
from attrigraph.errors import InputError

COMMITTED = Path(__file__).parents[2] / "bloom"


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_folder_of_the_repository_is_what_is_generated() -> None:
    """If not: ``attrigraph bloom write bloom --replace``, and remove files of no use."""
    assert content(COMMITTED) == bloom_files()


def test_files_are_written_twice_alike(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = write_bloom_files(folder)
    assert content(folder) == bloom_files()
    assert write_bloom_files(folder) == paths


def test_files_with_other_content_are_replaced_only_if_wished(tmp_path: Path) -> None:
    foreign = tmp_path / "perspective.json"
    foreign.write_text("my own")
    with pytest.raises(InputError, match=r"perspective\.json exist.* --replace"):
        write_bloom_files(tmp_path)
    assert content(tmp_path) == {"perspective.json": "my own"}
    write_bloom_files(tmp_path, replace=True)
    assert content(tmp_path) == bloom_files()


def test_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_bloom_files(tmp_path, replace=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write .*file"):
        write_bloom_files(tmp_path / "file")
    with pytest.raises(InputError, match=r"cannot write .*file"):
        write_bloom_files(tmp_path / "file" / "below")


def test_the_command_prints_the_paths(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["bloom", "write", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(tmp_path / path) for path in bloom_files()]
