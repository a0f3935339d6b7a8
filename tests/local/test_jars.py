"""Jars are fetched from a small Maven repository on the loopback address."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import LocalStoreError, MissingExtraError
from attrigraph.local.jars import ensure_jars
from attrigraph.local.lockfile import Jar, Lock, write_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = {"one": b"first jar", "two": b"second jar"}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def _jar(name: str) -> Jar:
    return Jar("org.example", name, "1.0", "", hashlib.sha256(CONTENT[name]).hexdigest())


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    write_lock(Lock("1.0", (_jar("one"), _jar("two"))), tmp_path / "lock.toml")
    return tmp_path / "lock.toml"


@pytest.fixture(autouse=True)
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own Maven folder, empty."""
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    return tmp_path / "m2"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The folder of the Maven repository."""
    folder = tmp_path / "served"
    for name, content in CONTENT.items():
        file = folder / _jar(name).repository_path
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    return folder


@pytest.fixture
def repository(served: Path) -> Iterator[str]:
    """The address of the Maven repository."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


NOWHERE = "http://127.0.0.1:9/"


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


ALL = {"one-1.0.jar": CONTENT["one"], "two-1.0.jar": CONTENT["two"]}


def test_jars_are_fetched_checked_and_kept(
    tmp_path: Path, lock_file: Path, repository: str
) -> None:
    folder = ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    assert _content(folder) == ALL
    # the second time nothing is fetched
    assert ensure_jars(tmp_path / "cache", repository=NOWHERE, lock_file=lock_file) == folder
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == [
        ".jars.lock",
        folder.name,
    ]


def test_jars_of_the_users_maven_folder_are_copied(
    tmp_path: Path, lock_file: Path, maven: Path
) -> None:
    for name, content in CONTENT.items():
        file = maven / _jar(name).repository_path
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    folder = ensure_jars(tmp_path / "cache", repository=NOWHERE, lock_file=lock_file)
    assert _content(folder) == ALL


def test_a_wrong_jar_in_the_maven_folder_is_passed_over_and_left_alone(
    tmp_path: Path, lock_file: Path, maven: Path, repository: str
) -> None:
    file = maven / _jar("one").repository_path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half of")
    folder = ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    assert _content(folder) == ALL
    assert file.read_bytes() == b"half of"


def test_other_bytes_than_the_locks_are_never_used(
    tmp_path: Path, lock_file: Path, served: Path, repository: str
) -> None:
    (served / _jar("two").repository_path).write_bytes(b"something else")
    with pytest.raises(LocalStoreError, match=r"org\.example:two:1\.0 .* \(SHA-256 differs\)"):
        ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    assert not list((tmp_path / "cache").glob("neo4j-*"))


def test_a_damaged_jar_is_fetched_again(
    tmp_path: Path, lock_file: Path, repository: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "attrigraph")
    folder = ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    (folder / "one-1.0.jar").write_bytes(b"")
    (folder / "two-1.0.jar").unlink()
    caplog.clear()
    ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    assert _content(folder) == ALL
    assert caplog.messages == ["fetching 2 damaged jars of Neo4j again"]


def test_no_network_and_an_empty_cache_are_one_message(tmp_path: Path, lock_file: Path) -> None:
    with pytest.raises(LocalStoreError, match=r"cannot be fetched.*ATTRIGRAPH_MAVEN_REPOSITORY"):
        ensure_jars(tmp_path / "cache", repository=NOWHERE, lock_file=lock_file)


def test_a_jar_the_repository_does_not_have_is_named(
    tmp_path: Path, lock_file: Path, served: Path, repository: str
) -> None:
    (served / _jar("one").repository_path).unlink()
    with pytest.raises(LocalStoreError, match=r"the jar org\.example:one:1\.0 of Neo4j"):
        ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)


def test_what_a_killed_process_left_is_swept(
    tmp_path: Path, lock_file: Path, repository: str
) -> None:
    folder = ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    half = folder.with_name(f".{folder.name}")
    folder.rename(half)
    (half / "two-1.0.jar").unlink()
    ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    assert _content(folder) == ALL
    assert not half.exists()


def test_a_jar_that_is_not_in_the_lock_is_rejected(
    tmp_path: Path, lock_file: Path, repository: str
) -> None:
    folder = ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    for name in ("aaa-evil.jar", ".hidden.JAR"):
        (folder / name).write_bytes(b"evil")
        with pytest.raises(LocalStoreError, match=rf"holds {name}, which is not one of Neo4j's"):
            ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
        (folder / name).unlink()


def test_jars_are_the_owners_alone_under_any_umask(
    tmp_path: Path, lock_file: Path, repository: str
) -> None:
    before = os.umask(0)
    try:
        folder = ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_password_of_the_repository_is_not_repeated(tmp_path: Path, lock_file: Path) -> None:
    with pytest.raises(LocalStoreError, match="cannot be fetched") as error:
        ensure_jars(
            tmp_path / "cache", repository="http://ada:hush@127.0.0.1:9/", lock_file=lock_file
        )
    assert "hush" not in str(error.value)


def test_several_at_once_end_with_one_folder(
    tmp_path: Path, lock_file: Path, repository: str
) -> None:
    folders: list[Path] = []

    def fetch() -> None:
        folders.append(ensure_jars(tmp_path / "cache", repository=repository, lock_file=lock_file))

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folders) == 4
    assert len(set(folders)) == 1
    assert _content(folders[0]) == ALL


def test_a_cache_that_cannot_be_written_is_one_message(tmp_path: Path, lock_file: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(LocalStoreError, match="cannot write to"):
        ensure_jars(tmp_path / "cache", lock_file=lock_file)


def test_a_missing_extra_is_named(
    tmp_path: Path, lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jgo", None)
    with pytest.raises(MissingExtraError, match="jgo"):
        ensure_jars(tmp_path / "cache", lock_file=lock_file)
