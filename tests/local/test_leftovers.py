from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import Home
from attrigraph.local.leftovers import restore_data, sweep_drafts, sweep_unless_loading
from attrigraph.local.load_lock import load_lock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with the folders of a bulk load that was killed after the exchange."""
    for name in ("neo4j/data", "neo4j/data.old-1", "neo4j/data.import-1", "staging/import-x"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text(name)
    (tmp_path / "staging" / "other").mkdir()
    return Home(tmp_path)


def _folders(home: Home) -> set[str]:
    return {str(path.relative_to(home.path)) for path in home.path.glob("*/*")}


def test_what_a_killed_bulk_load_left_is_removed(home: Home) -> None:
    sweep_unless_loading(home)
    assert _folders(home) == {"neo4j/data", "staging/other"}


@pytest.mark.parametrize("alone", [True, False])
def test_nothing_is_removed_while_a_load_is_running(home: Home, alone: bool) -> None:
    before = _folders(home)
    with load_lock(home, alone=alone):
        sweep_unless_loading(home)
    assert _folders(home) == before


def test_old_data_are_kept_while_there_are_no_others(home: Home) -> None:
    (home.neo4j / "data").rename(home.path / "elsewhere")
    sweep_unless_loading(home)
    assert _folders(home) >= {"neo4j/data.old-1"}


def test_an_exchange_killed_between_its_renames_is_undone(home: Home) -> None:
    (home.neo4j / "data").rename(home.path / "elsewhere")
    restore_data(home.neo4j)
    assert (home.neo4j / "data" / "file").read_text() == "neo4j/data.old-1"


def test_data_that_are_there_are_left_alone(home: Home) -> None:
    restore_data(home.neo4j)
    assert (home.neo4j / "data" / "file").read_text() == "neo4j/data"


def test_online_loads_run_together_and_a_bulk_load_alone(home: Home) -> None:
    with load_lock(home, alone=False), load_lock(home, alone=False):
        pass
    for alone, other in ((True, False), (False, True), (True, True)):
        with (
            load_lock(home, alone=alone),
            pytest.raises(LocalStoreError, match=r"another load of .* is running"),
            load_lock(home, alone=other),
        ):
            pass


def test_drafts_are_removed_once_their_writer_has_ended(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [f".stack.json.{ended.pid}-7", f".credentials.json.{ended.pid}-7"]
    kept = ["stack.json", ".lock", f".stack.json.{os.getpid()}-7", ".stack.json.old"]
    for name in [*left, *kept]:
        (tmp_path / name).touch()
    sweep_drafts(Home(tmp_path))
    assert {file.name for file in tmp_path.iterdir()} == set(kept)
