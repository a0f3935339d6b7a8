from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import (
    Home,
    exclusive,
    make_folder,
    read_json,
    unwritable,
    write_json,
    write_private,
)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_and_files_are_the_users_only(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    write_private(tmp_path / "a" / "b" / "secret", "x")
    assert _mode(tmp_path / "a" / "b") == 0o700
    assert _mode(tmp_path / "a" / "b" / "secret") == 0o600


def test_a_home_is_passed_through_only_where_postgres_needs_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    assert _mode(home.path) == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_file_in_the_place_of_the_home_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(LocalStoreError, match=r"cannot write to .*home \(.*\); choose another"):
        Home(tmp_path / "home").make()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system nobody can write")
def test_a_read_only_place_is_an_error() -> None:
    with pytest.raises(LocalStoreError, match=r"cannot write to /proc/attrigraph"):
        Home(Path("/proc/attrigraph")).make()


def test_a_full_disk_is_an_error() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    assert str(unwritable(Path("/x"), error)) == (
        "the disk of /x is full; free some space and try again"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "stack.json"
    write_private(target, "old")
    (tmp_path / f".stack.json.{os.getpid()}-{threading.get_ident()}").symlink_to("/dev/full")
    with pytest.raises(LocalStoreError, match="is full"):
        write_private(target, "new")
    assert target.read_text() == "old"


def test_json_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    assert read_json(file) is None
    assert read_json(tmp_path / "none" / "file.json") is None
    write_json(file, {"a": [1, "ü"]})
    assert read_json(file) == {"a": [1, "ü"]}


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_damaged_json_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.json").write_text(text)
    with pytest.raises(LocalStoreError, match=r"file\.json"):
        read_json(tmp_path / "file.json")


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    seen: list[str] = []

    def second() -> None:
        with exclusive(tmp_path / "lock"):
            seen.append("second")

    with exclusive(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        seen.append("first")
    thread.join()
    assert seen == ["first", "second"]


def test_waiting_ends(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "lock"),
        pytest.raises(LocalStoreError, match="another process has held"),
        exclusive(tmp_path / "lock", wait=0.0),
    ):
        pass
