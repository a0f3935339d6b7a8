from __future__ import annotations

from pathlib import Path

import pytest

from attrigraph.errors import InputError, StoreError
from attrigraph.runs.unfinished import read_unfinished, unfinished_load, was_killed

FILES = [Path("events.csv")]


def test_a_load_is_running_until_its_block_ends(tmp_path: Path) -> None:
    with unfinished_load(tmp_path, files=FILES, digests=["f"], mode="bulk"):
        (load,) = read_unfinished(tmp_path)
        assert (load.files, load.mode, load.running) == (("events.csv",), "bulk", True)
        assert not was_killed(tmp_path, ["f"], mode="bulk")
    assert read_unfinished(tmp_path) == ()


def test_a_load_that_fails_is_unfinished_until_the_same_files_are_loaded(tmp_path: Path) -> None:
    for digest in ("f", "g"):
        with (
            pytest.raises(StoreError),
            unfinished_load(tmp_path, files=FILES, digests=[digest], mode="bulk"),
        ):
            raise StoreError("killed")
    assert [load.running for load in read_unfinished(tmp_path)] == [False, False]
    assert was_killed(tmp_path, ["f"], mode="bulk")
    assert not was_killed(tmp_path, ["f"], mode="online")
    with unfinished_load(tmp_path, files=FILES, digests=["f"], mode="online"):
        pass
    assert [load.digests for load in read_unfinished(tmp_path)] == [("g",)]


@pytest.mark.parametrize(
    ("later", "left"), [(["g", "f", "h"], 0), (["f", "g"], 0), (["f"], 1), (["f", "h"], 1)]
)
def test_a_killed_load_ends_with_one_that_has_all_its_files(
    tmp_path: Path, later: list[str], left: int
) -> None:
    with (
        pytest.raises(StoreError),
        unfinished_load(tmp_path, files=FILES, digests=["f", "g"], mode="online"),
    ):
        raise StoreError("killed")
    with unfinished_load(tmp_path, files=FILES, digests=later, mode="online"):
        pass
    assert len(read_unfinished(tmp_path)) == left


def test_a_load_whose_check_fails_is_not_unfinished(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError),
        unfinished_load(tmp_path, files=FILES, digests=["f"], mode="online"),
    ):
        raise InputError("another key")
    assert read_unfinished(tmp_path) == ()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"files": 1}'])
def test_a_damaged_marker_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / "loads").mkdir()
    (tmp_path / "loads" / "x.json").write_text(content)
    assert read_unfinished(tmp_path) == ()
