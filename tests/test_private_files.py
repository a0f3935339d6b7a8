from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from attrigraph.private_files import find_exposure, make_private_folder, passable_mode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """An umask that hides nothing, the usual one, and one that takes everything."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_folders_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "home" / "staging")
    assert _mode(tmp_path / "home" / "staging") == 0o700
    assert _mode(tmp_path / "home") == passable_mode()


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path)
    assert _mode(tmp_path) == 0o755


def test_a_file_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        make_private_folder(tmp_path / "file")


def test_a_private_file_has_no_exposure(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    assert find_exposure(file) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_can_use_is_exposed(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.touch()
    file.chmod(mode)
    assert f"is open to other users (mode {mode:04o}); run `chmod 600`" in str(find_exposure(file))


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
def test_a_file_of_another_user_is_exposed(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    os.chown(file, 12345, 12345)
    assert "belongs to another user (uid 12345)" in str(find_exposure(file))
