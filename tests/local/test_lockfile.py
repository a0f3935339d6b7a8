from __future__ import annotations

import re
from pathlib import Path

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local.lock import BROWSER, NEO4J
from attrigraph.local.lockfile import Jar, Lock, read_lock, write_lock


def test_the_lock_file_holds_the_server_and_the_browser() -> None:
    lock = read_lock()
    held = {(jar.artifact, jar.version) for jar in lock.jars}
    assert lock.version == NEO4J
    assert {("neo4j", NEO4J), ("neo4j-kernel", NEO4J), ("neo4j-browser", BROWSER)} <= held


def test_every_jar_has_a_sha256_and_a_name_of_its_own() -> None:
    jars = read_lock().jars
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in jars)
    assert len({jar.file_name for jar in jars}) == len(jars)
    assert list(jars) == sorted(jars)


def test_a_lock_comes_back(tmp_path: Path) -> None:
    lock = Lock("1", (Jar("a.b", "c", "2", "", "00"), Jar("a.b", "c", "2", "linux", "11")))
    write_lock(lock, tmp_path / "lock.toml")
    assert read_lock(tmp_path / "lock.toml") == lock


def test_where_a_maven_repository_keeps_a_jar() -> None:
    jar = Jar("io.netty", "netty-x", "4.1", "linux-x86_64", "00")
    assert jar.repository_path == Path("io/netty/netty-x/4.1/netty-x-4.1-linux-x86_64.jar")
    assert str(jar) == "io.netty:netty-x:4.1:linux-x86_64"


@pytest.mark.parametrize("text", ["jar = [", "x = 1", 'version = "1"\n[[jar]]\ngroup = "a"'])
def test_what_is_no_lock_file_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lock.toml"
    with pytest.raises(LocalStoreError, match="no lock file"):
        read_lock(file)
    file.write_text(text)
    with pytest.raises(LocalStoreError, match="no lock file"):
        read_lock(file)
