from __future__ import annotations

from pathlib import Path

import pytest

from attrigraph.errors import InputError, StoreError
from attrigraph.runs.unfinished import read_unfinished, unfinished_load, was_killed

FILES = [Path("events.csv")]


def test_a_load_is_running_until_its_block_ends(tmp_path: Path) -> None:
    with unfinished_load(tmp_path, files=FILES, fingerprint="f", mode="bulk"):
        (load,) = read_unfinished(tmp_path)
        assert (load.files, load.mode, load.running) == (("events.csv",), "bulk", True)
        assert not was_killed(tmp_path, "f", mode="bulk")
    assert read_unfinished(tmp_path) == ()


def test_a_load_that_fails_is_unfinished_until_the_same_files_are_loaded(tmp_path: Path) -> None:
    for fingerprint in ("f", "g"):
        with (
            pytest.raises(StoreError),
            unfinished_load(tmp_path, files=FILES, fingerprint=fingerprint, mode="bulk"),
        ):
            raise StoreError("killed")
    assert [load.running for load in read_unfinished(tmp_path)] == [False, False]
    assert was_killed(tmp_path, "f", mode="bulk")
    assert not was_killed(tmp_path, "f", mode="online")
    with unfinished_load(tmp_path, files=FILES, fingerprint="f", mode="online"):
        pass
    assert [load.fingerprint for load in read_unfinished(tmp_path)] == ["g"]


def test_a_load_whose_check_fails_is_not_unfinished(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError),
        unfinished_load(tmp_path, files=FILES, fingerprint="f", mode="online"),
    ):
        raise InputError("another key")
    assert read_unfinished(tmp_path) == ()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"files": 1}'])
def test_a_damaged_marker_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / "loads").mkdir()
    (tmp_path / "loads" / "x.json").write_text(content)
    assert read_unfinished(tmp_path) == ()
