"""``attrigraph simulate``: errors are one sentence, raised before anything is drawn."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.cli.simulate import command
from attrigraph.errors import InputError
from attrigraph.worlds.files import FILES

if TYPE_CHECKING:
    from pathlib import Path


def simulate(*arguments: object) -> None:
    CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--world", "moon"), "unknown world 'moon'; available are confounded, "),
        (("--customers", 0), "at least 1 customer and a seed >= 0, got 0 customers"),
        (("--seed", -1), "a seed >= 0, got 20000 customers and seed -1"),
    ],
)
def test_a_world_that_cannot_be_drawn_leaves_no_folder(
    tmp_path: Path, options: tuple[object, ...], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        simulate(*options, "--out", tmp_path / "world")
    assert not (tmp_path / "world").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"it contains 'diary\.txt'; choose another folder"):
        simulate("--out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write a world into .*file/world"):
        simulate("--out", tmp_path / "file" / "world")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="permission denied"):
        simulate("--out", tmp_path)


def test_an_earlier_world_is_replaced(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate("--world", "fatigue-spill", "--campaigns", 2, "--seed", seed, "--out", tmp_path)
        of_creatives = {"campaigns.csv", "creatives.csv", "audiences.csv", "creative-days.csv"}
        assert {path.name for path in tmp_path.iterdir()} == of_creatives | {"truth.csv"}
        simulate("--world", "confounded", "--customers", 50, "--seed", seed, "--out", tmp_path)
        others = {"spend.csv", "creative-days.csv", "truth.csv"}
        assert {path.name for path in tmp_path.iterdir()} == FILES - others
    assert '"seed": 2' in (tmp_path / "truth.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "options", [("--customers", 5), ("--world", "fatigue-spill", "--campaigns", 1)]
)
def test_programs_get_the_names_of_the_files(tmp_path: Path, options: tuple[object, ...]) -> None:
    done = CliRunner().invoke(command, [*map(str, options), "--json", "--out", str(tmp_path)])
    (line,) = done.stdout.splitlines()
    assert sorted(json.loads(line)["files"]) == sorted(map(str, tmp_path.iterdir()))
