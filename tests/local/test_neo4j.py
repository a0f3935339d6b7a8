from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.local.memory import Memory
from attrigraph.local.neo4j import Neo4jServer, reason

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("printed", "meaning"),
    [
        ("Caused by: java.net.BindException: Address already in use", "its port was taken"),
        (
            "FileLockException: Lock file has been locked by another process: /x/store_lock",
            "its data are in use by another server",
        ),
        ("java.io.IOException: No space left on device", "the disk is full"),
        ("java.nio.file.AccessDeniedException: /x/server_id", "a folder of it is not writable"),
        ("Error occurred: Could not reserve enough space for object heap", "memory is too small"),
        (
            "java.lang.UnsupportedClassVersionError: class file version 65.0",
            "this Java is too old; Neo4j needs Java 17 or 21",
        ),
        ("Starting.\nCaused by: a\n  at b\nCaused by: c\n", "Caused by: c"),
        ("Starting.\nStopped.\n", "Stopped."),
        ("", "it printed nothing"),
    ],
)
def test_a_failed_start_is_described_in_plain_words(printed: str, meaning: str) -> None:
    assert reason(printed) == meaning


def test_the_configuration_listens_on_loopback_only_and_requires_a_password(
    tmp_path: Path,
) -> None:
    server = Neo4jServer(tmp_path, 1111, 2222)
    lines = server.configuration(Memory(1024, 512)).splitlines()
    assert {
        "server.default_listen_address=127.0.0.1",
        "server.bolt.listen_address=127.0.0.1:1111",
        "server.http.listen_address=127.0.0.1:2222",
        "dbms.security.auth_enabled=true",
        "dbms.usage_report.enabled=false",
        "client.allow_telemetry=false",
        "browser.remote_content_hostname_whitelist=127.0.0.1,localhost",
        "db.transaction.timeout=30m",
        "server.memory.pagecache.size=512m",
    } <= set(lines)
    assert str(tmp_path) not in "\n".join(lines)


def test_the_ports_of_a_running_server_are_read_from_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "neo4j.conf").write_text(
        Neo4jServer(tmp_path, 1111, 2222).configuration(Memory(1024, 512))
    )
    assert Neo4jServer(tmp_path, 3, 4).configured_ports() == (1111, 2222)
