"""One file with the data of a home: both stores, the key of the pseudonyms, and the schedule.

It is a tar archive of what Neo4j's and Postgres' own tools dump, with a manifest that has the
SHA-256 of each part and what was in the stores. Both stores are dumped in a state in which nothing
writes: Neo4j is stopped first, so that no job can go on, then Postgres is dumped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError, LocalStoreError
from attrigraph.local import by_processes, stack
from attrigraph.local.credentials import read_credentials
from attrigraph.local.home import SCHEDULE, exclusive, unwritable, write_private
from attrigraph.local.jars import jars_of
from attrigraph.local.java import find_java
from attrigraph.local.neo4j import Neo4jServer
from attrigraph.local.ports import LOOPBACK
from attrigraph.local.postgres import client_program
from attrigraph.local.processes import clean_environment
from attrigraph.local.record import POSTGRES_DATABASE, PROCESSES, read_stack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from attrigraph.local.home import Home
    from attrigraph.local.record import Stack
    from attrigraph.settings import Settings

logger = logging.getLogger(__name__)

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
GRAPH: Final = "neo4j.dump"
TABLES: Final = "postgres.dump"
KEY: Final = "customer.key"
FILES: Final = (KEY, SCHEDULE)
"""Files of a home that a backup may have."""

_ADMIN: Final = "org.neo4j.server.startup.Neo4jAdminCommand"
_HEAP: Final = "1g"


def create_backup(
    settings: Settings, file: Path, held: dict[str, Any], *, files: Collection[str] = FILES
) -> dict[str, Any]:
    """Write a backup of a home whose stores are running; they are stopped meanwhile.

    Args:
        settings: of the home.
        file: where it goes; it is there whole or not at all.
        held: what the stores hold, for the manifest.
        files: which of ``FILES`` to put in, if the home has them.

    Returns:
        The manifest.

    Raises:
        InputError: the file exists.
        LocalStoreError: the stores are no processes of this computer, or a dump failed.
    """
    if file.exists():
        raise InputError(f"{file} exists; name another file, or remove it")
    home = stack.home_of(settings)
    with _scratch(file) as folder:
        with exclusive(home.lock):
            _dump(settings, home, folder)
        for name in files:
            if (home.path / name).exists():
                shutil.copyfile(home.path / name, folder / name)
        parts = sorted(folder.iterdir())
        manifest = {
            "format": FORMAT,
            "held": held,
            "parts": {part.name: _digest(part) for part in parts},
        }
        write_private(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
        draft = folder / "archive"
        with tarfile.open(draft, "w") as archive:
            for part in (folder / MANIFEST, *parts):
                archive.add(part, part.name)
        draft.chmod(0o600)
        draft.replace(file)
    return manifest


def read_manifest(file: Path) -> dict[str, Any]:
    """The manifest of a backup.

    Raises:
        InputError: it is none, or of a later version.
    """
    try:
        with tarfile.open(file) as archive:
            member = archive.extractfile(MANIFEST)
            assert member is not None
            manifest: dict[str, Any] = json.load(member)
    except (OSError, KeyError, AssertionError, ValueError, tarfile.TarError) as error:
        raise InputError(f"{file} is no backup of attrigraph: {error}") from error
    if manifest.get("format") != FORMAT:
        raise InputError(
            f"{file} is a backup of format {manifest.get('format')}, and this version reads "
            f"{FORMAT}; use the version that made it"
        )
    return manifest


def restore_backup(settings: Settings, file: Path) -> dict[str, Any]:
    """Fill an empty home from a backup; its stores are running then.

    The stores get new passwords. Migrate afterwards, in case the backup is of an older version.

    Args:
        settings: of the home, whose folder must be empty or missing.
        file: the backup.

    Returns:
        The manifest.

    Raises:
        InputError: the file is no backup or is damaged, or the home is not empty.
        LocalStoreError: a store cannot be started or filled.
    """
    home = stack.home_of(settings)
    manifest = read_manifest(file)
    if home.path.is_dir() and any(home.path.iterdir()):
        raise InputError(f"{home.path} is not empty; restore into a new home (--home)")
    fill(settings, file)
    return manifest


def fill(settings: Settings, file: Path) -> None:
    """Replace what the stores of a home hold by a backup; they are running then.

    Args:
        settings: of the home; its stores keep their passwords and ports if it has some.
        file: the backup.

    Raises:
        InputError: the file is no backup or is damaged, or the stores are not local.
        LocalStoreError: a store cannot be started or filled.
    """
    if stack.wanted(settings) != {"neo4j", "postgres"}:
        raise InputError(
            "a backup is restored into local stores, and an address is set in the environment; "
            "unset ATTRIGRAPH_NEO4J_URI and ATTRIGRAPH_POSTGRES_URL"
        )
    manifest = read_manifest(file)
    home = stack.home_of(settings)
    home.make()
    with _scratch(home.path / "restored") as folder:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        _check(file, folder, manifest["parts"])
        for name in FILES:
            if (folder / name).exists():
                write_private(home.path / name, (folder / name).read_text(encoding="utf-8"))
        stack.up(settings)
        with exclusive(home.lock):
            _load(settings, home, folder)


def _dump(settings: Settings, home: Home, folder: Path) -> None:
    """Stop Neo4j, dump both stores, and start Neo4j again."""
    with _stopped(settings, home) as (server, running):
        _admin(settings, server, "database", "dump", "neo4j", f"--to-path={folder}")
        _postgres(
            home, running, "pg_dump", "--format=custom", f"--file={folder / TABLES}",
            POSTGRES_DATABASE,
        )  # fmt: skip


def _load(settings: Settings, home: Home, folder: Path) -> None:
    """Replace what the stores of a home hold."""
    with _stopped(settings, home) as (server, running):
        _admin(
            settings, server, "database", "load", "neo4j", f"--from-path={folder}",
            "--overwrite-destination=true",
        )  # fmt: skip
        _postgres(
            home, running, "pg_restore", "--no-owner", "--exit-on-error", "--clean", "--if-exists",
            f"--dbname={POSTGRES_DATABASE}", str(folder / TABLES),
        )  # fmt: skip


@contextmanager
def _stopped(settings: Settings, home: Home) -> Iterator[tuple[Neo4jServer, Stack]]:
    """Neo4j stopped and Postgres running; in the end both run. The caller holds the home's lock."""
    running = read_stack(home)
    credentials = read_credentials(home)
    if running is None or credentials is None or running.kind != PROCESSES:
        raise LocalStoreError(
            f"the stores of {home.path} are no processes of this computer that `attrigraph up` "
            "runs; back them up with their own tools"
        )
    server = Neo4jServer(home.neo4j, running.bolt, running.http)
    logger.info("stopping Neo4j")
    server.stop(running.neo4j_pid)
    try:
        yield server, running
    finally:
        by_processes.start(home, {"neo4j", "postgres"}, credentials, settings)


def _admin(settings: Settings, server: Neo4jServer, *arguments: str) -> None:
    """Run an admin command of Neo4j on the data of a stopped server."""
    java = find_java(settings.java_home)
    jars = jars_of(settings)
    environment = {
        "NEO4J_HOME": str(server.folder),
        "NEO4J_CONF": str(server.conf),
        "HEAP_SIZE": _HEAP,
        "LC_ALL": "C.UTF-8",
    }
    command = [str(java), "-Xmx512m", "-cp", f"{jars}/*", _ADMIN, *arguments]
    _run(command, clean_environment(environment), "Neo4j")


def _postgres(home: Home, running: Stack, program: str, *arguments: str) -> None:
    """Run a client program of Postgres on the running server."""
    credentials = read_credentials(home)
    assert credentials is not None, "a home with stores has credentials"
    where = [
        f"--host={LOOPBACK}", f"--port={running.postgres}",
        f"--username={credentials.postgres_user}", "--no-password",
    ]  # fmt: skip
    environment = os.environ | {"PGPASSWORD": credentials.postgres_password}
    _run([str(client_program(program)), *where, *arguments], environment, "Postgres")


def _run(command: list[str], environment: dict[str, str], store: str) -> None:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace", check=False,
        umask=0o077,
    )  # fmt: skip
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise LocalStoreError(f"{store}: {(lines or ['it printed nothing'])[-1]}")


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A private folder on the same disk as a file, removed in the end."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=target.absolute().parent))
    except OSError as error:
        raise unwritable(target.absolute().parent, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check(file: Path, folder: Path, parts: dict[str, str]) -> None:
    for name, digest in parts.items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise InputError(f"{file} is damaged: its part {name} is not what was written")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
