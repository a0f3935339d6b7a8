"""Fills the local Neo4j from import files: built next to the old data, then exchanged with them.

The server keeps running during the import, and is stopped only for the exchange. A kill at any
instant leaves the old graph or the new one, never a part of it: ``resume_exchange`` completes what
was interrupted.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local import by_processes
from attrigraph.local.credentials import read_credentials
from attrigraph.local.home import Home, exclusive, make_folder, unwritable, write_private
from attrigraph.local.jars import jars_of
from attrigraph.local.java import find_java
from attrigraph.local.leftovers import exchange_marker, import_mark, sweep_imports
from attrigraph.local.load_lock import load_lock
from attrigraph.local.memory import folder_size
from attrigraph.local.neo4j import Neo4jServer
from attrigraph.local.processes import clean_environment
from attrigraph.local.record import PROCESSES, read_stack
from attrigraph.local.stack import home_of, look, wanted
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from attrigraph.local.record import Stack
    from attrigraph.settings import Settings

logger = logging.getLogger(__name__)

_ADMIN: Final = "org.neo4j.server.startup.Neo4jAdminCommand"
_HEAP: Final = "1g"
_KEPT: Final = ("databases/system", "transactions/system", "dbms")
"""Parts of the old data that are kept: users and passwords, and the list of databases."""


@dataclass(frozen=True, slots=True)
class LocalGraph:
    """The Neo4j of a home that runs as a local process."""

    settings: Settings
    home: Home

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Hold the graph for a load, and remove what killed bulk loads left.

        Args:
            alone: whether to exclude all other loads, as a bulk load must.

        Raises:
            LocalStoreError: a load is running that excludes this one.
        """
        with load_lock(self.home, alone=alone):
            # any holder of the lock knows that no bulk load is running
            sweep_imports(self.home)
            yield

    def fill(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
    ) -> None:
        """Replace the whole graph by the content of import files.

        Constraints and indexes are lost too: migrate afterwards.

        Args:
            arguments: for ``database import full``, with file names relative to ``folder``.
            folder: where the import files are; the import's log and report go there as well.

        Raises:
            LocalStoreError: the import failed and the graph is unchanged, or the restart failed.
        """
        server = self._server()
        fresh = server.folder / f"data.import-{os.getpid()}"
        self._check_disk(folder)
        try:
            logger.info("building the graph from import files")
            self._build(arguments, folder, fresh)
            with exclusive(self.home.lock):
                self._exchange(fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _stack(self) -> Stack:
        stack = read_stack(self.home)
        assert stack is not None, "it was read when this object was made"
        return stack

    def _server(self) -> Neo4jServer:
        stack = self._stack()
        return Neo4jServer(self.home.neo4j, stack.bolt, stack.http)

    def _check_disk(self, folder: Path) -> None:
        """The graph takes about two and a half times its import files, indexes included."""
        needed = folder_size(folder) * 5 // 2 + 512
        free = shutil.disk_usage(folder).free // 2**20
        if free < needed:
            raise LocalStoreError(
                f"the disk of {folder} has {free} MB left and the import needs about {needed} MB; "
                "free some space, or load with --online"
            )

    def _build(self, arguments: Sequence[str], folder: Path, fresh: Path) -> None:
        """Run the import into the data folder of a Neo4j home of its own."""
        conf = folder / "conf"
        make_folder(conf)
        make_folder(fresh)
        # an empty configuration, so that the server's does not apply; it names no folder, because
        # Neo4j cannot read every path in it
        write_private(conf / "neo4j.conf", "")
        done = subprocess.run(
            [*self._command(fresh), *arguments],
            cwd=folder,
            env=_environment(fresh, conf),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            umask=0o077,
        )
        if done.returncode:
            raise LocalStoreError(
                f"the import failed ({_reason(done.stdout + done.stderr)}); the graph is unchanged"
            )

    def _command(self, fresh: Path) -> list[str]:
        """The import's command line, without the arguments that name its files."""
        java = find_java(self.settings.java_home)
        jars = jars_of(self.settings)
        return [
            *(str(java), "-Xmx128m", import_mark(fresh), "-cp", f"{jars}/*", _ADMIN),
            *("database", "import", "full", DATABASE, "--overwrite-destination=true"),
            *("--report-file=import.report", "--max-off-heap-memory=50%"),
        ]

    def _exchange(self, fresh: Path) -> None:
        """Stop the server, replace its data, and start it again."""
        server, stack = self._server(), self._stack()
        data, old = server.folder / "data", server.folder / f"data.old-{os.getpid()}"
        marker = exchange_marker(self.home)
        write_private(marker, "")
        logger.info("stopping Neo4j to exchange its data")
        server.stop(stack.neo4j_pid)
        try:
            for name in _KEPT:
                shutil.copytree(data / name, fresh / "data" / name, dirs_exist_ok=True)
            data.rename(old)
            (fresh / "data").rename(data)
        except OSError as error:
            if not data.exists() and old.exists():
                old.rename(data)
            raise unwritable(server.folder, error) from error
        finally:
            self.start()
            marker.unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)
        if self._stack().bolt != stack.bolt:
            raise LocalStoreError(
                "Neo4j was restarted on another port, since its own was taken meanwhile; run the "
                "same load again"
            )

    def start(self) -> None:
        """Start the server, or find it running; the caller holds the home's lock.

        Raises:
            LocalStoreError: it cannot be started.
        """
        credentials = read_credentials(self.home)
        assert credentials is not None, "a home with stores has credentials"
        by_processes.start(self.home, {"neo4j"}, credentials, self.settings)


def _environment(fresh: Path, conf: Path) -> dict[str, str]:
    return clean_environment(
        {
            "NEO4J_HOME": str(fresh),
            "NEO4J_CONF": str(conf),
            "HEAP_SIZE": _HEAP,
            # else Java cannot open files whose names are not plain ASCII
            "LC_ALL": "C.UTF-8",
        }
    )


def resume_exchange(settings: Settings) -> None:
    """Start Neo4j again if a bulk load was killed while it had stopped it, with its data in place.

    Waits for an exchange that is running.

    Raises:
        LocalStoreError: the server cannot be started.
    """
    home = home_of(settings)
    marker = exchange_marker(home)
    if "neo4j" not in wanted(settings) or not marker.exists():
        return
    with exclusive(home.lock):
        if marker.exists():
            LocalGraph(settings, home).start()
            marker.unlink(missing_ok=True)


def local_graph(settings: Settings) -> LocalGraph | None:
    """The Neo4j process of the settings' home; None if Neo4j is remote, in Docker or stopped."""
    if "neo4j" not in wanted(settings):
        return None
    home = home_of(settings)
    stack, running = look(home)
    if stack is None or stack.kind != PROCESSES or "neo4j" not in running:
        return None
    return LocalGraph(settings, home)


def _reason(printed: str) -> str:
    """The line that explains best why an import failed."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("Caused by", "Duplicate", "Error"))]
    if any("No space left" in line for line in lines):
        return "the disk is full"
    return (causes or lines or ["it printed nothing"])[0]
