"""The local Neo4j: configuration, initial password, start, reasons for failures, and stop."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import make_folder, write_private
from attrigraph.local.neo4j_additions import ADDITIONS, read_additions
from attrigraph.local.ports import LOOPBACK, PortTakenError
from attrigraph.local.processes import clean_environment, find, lives, spawn, stop

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from attrigraph.local.memory import Memory

START_TIMEOUT: Final = 300.0
"""Seconds until a start counts as failed; recovery after a crash takes its time."""
_FOLDERS: Final = ("conf", "data", "logs", "run", "import", "plugins", "tmp")
_STARTER: Final = "META-INF/services/org.neo4j.server.startup.EntryPoint"
"""Where the jars name the class that starts the server; it differs between versions."""
_ADMIN: Final = "org.neo4j.server.startup.Neo4jAdminCommand"
# those of Neo4j's own default configuration
_JVM: Final = (
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+DisableExplicitGC",
    # a sick server is worse than a stopped one
    "-XX:+ExitOnOutOfMemoryError",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Djdk.tls.ephemeralDHKeySize=2048",
    "-Djdk.tls.rejectClientInitiatedRenegotiation=true",
    "-Dlog4j2.disable.jmx=true",
    "-Dlog4j.layout.jsonTemplate.maxStringLength=32768",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
)
PAGE_HOSTS: Final = (LOOPBACK, "localhost")
"""Hosts that the page of Neo4j Browser may load guides from and connect to."""
PAGE_POLICY: Final = "; ".join(
    (
        *("default-src 'self'", "script-src 'self'", "worker-src 'self' blob:"),
        *("img-src 'self' data:", "style-src 'self' 'unsafe-inline'", "font-src 'self' data:"),
        *("base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"),
        f"connect-src 'self' {' '.join(f'ws://{host}:* http://{host}:*' for host in PAGE_HOSTS)}",
    )
)
"""What the page of Neo4j Browser may load; without it, it requests fonts and scripts elsewhere."""
# what the console log holds after a failed start, and what it means
_FAILURES: Final = (
    (r"PortBindException|already in use, cannot bind|Address already in use", "its port was taken"),
    (r"storeLock|FileLockException|has been locked", "its data are in use by another server"),
    (r"No space left on device", "the disk is full"),
    (r"AccessDenied|Permission denied|Read-only file system", "a folder of it is not writable"),
    (r"Could not reserve enough space|insufficient memory|OutOfMemory", "memory is too small"),
    (r"UnsupportedClassVersionError", "this Java is too old; Neo4j needs Java 17 or 21"),
    (r"Unrecognized setting", "its configuration holds an unknown setting"),
)


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """One instance: a folder with its configuration, data and logs.

    Attributes:
        folder: ``neo4j`` in the home, an absolute path without links.
        bolt: port of the Bolt protocol.
        http: port of the browser and the query API.
    """

    folder: Path
    bolt: int
    http: int

    @property
    def conf(self) -> Path:
        """Folder of ``neo4j.conf``."""
        return self.folder / "conf"

    @property
    def log(self) -> Path:
        """What the server printed since its start."""
        return self.folder / "logs" / "console.log"

    @property
    def temporary(self) -> Path:
        """Folder of the running server's temporary files."""
        return self.folder / "tmp"

    def process(self, pid: int | None = None) -> psutil.Process | None:
        """The living server of this folder; ``pid`` is where to look first."""
        return find([f"--config-dir={self.conf}"], pid)

    def start(self, *, java: Path, jars: Path, memory: Memory, password: str) -> int:
        """Start the server and wait until it answers; returns its process id.

        After a crash the server recovers its store.

        Raises:
            LocalStoreError: it cannot be started; the message contains the reason.
        """
        make_folder(self.folder)
        # a server that was killed leaves its temporary files
        shutil.rmtree(self.temporary, ignore_errors=True)
        for name in _FOLDERS:
            make_folder(self.folder / name)
        write_private(self.conf / "neo4j.conf", self.configuration(memory))
        if not (self.folder / "data" / "databases" / "system").is_dir():
            self._set_first_password(java, jars, password)
        sizes = (f"-Xms{memory.heap}m", f"-Xmx{memory.heap}m")
        pid = spawn(
            [
                *(
                    str(java),
                    *sizes,
                    *_JVM,
                    f"-Djava.io.tmpdir={self.temporary}",
                    "-cp",
                    self._class_path(jars),
                    _starter(jars),
                ),
                *(f"--home-dir={self.folder}", f"--config-dir={self.conf}", "--console-mode"),
            ],
            log=self.log,
            environment=self._environment(),
        )
        self.wait(pid)
        return pid

    def wait(self, pid: int) -> None:
        """Wait until the server of this process answers.

        Raises:
            LocalStoreError: it ends, or takes too long; the message contains the reason.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if re.search(r"Started\.$", self._printed(), re.MULTILINE):
                return
            # by its number: for an instant of its start a process has no command line
            if not lives(pid):
                raise self._failure(self._printed())
            time.sleep(0.1)
        self.stop(pid)
        raise LocalStoreError(
            f"Neo4j did not start within {START_TIMEOUT:.0f} s; its log is {self.log}"
        )

    def configured_ports(self) -> tuple[int, int]:
        """The Bolt and HTTP ports in the configuration that the running server read."""
        try:
            content = (self.conf / "neo4j.conf").read_text(encoding="utf-8")
        except FileNotFoundError:  # removed by hand
            content = ""
        ports = {
            name: int(port)
            for name, port in re.findall(
                r"^server\.(bolt|http)\.listen_address=.*:(\d+)$", content, re.MULTILINE
            )
        }
        return ports.get("bolt", self.bolt), ports.get("http", self.http)

    def _printed(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self, pid: int | None = None) -> bool:
        """Stop the server; False when none runs."""
        process = self.process(pid)
        if process is None:
            return False
        stop(process)
        return True

    def _class_path(self, jars: Path) -> str:
        return f"{self.folder}/plugins/*:{jars}/*"

    def _environment(self) -> dict[str, str]:
        return clean_environment(
            {
                "NEO4J_HOME": str(self.folder),
                "NEO4J_CONF": str(self.conf),
                # else Java cannot open files whose names are not plain ASCII
                "LC_ALL": "C.UTF-8",
            }
        )

    def configuration(self, memory: Memory) -> str:
        """The text of ``neo4j.conf``.

        It names no folder, because Neo4j cannot read every path in it: all are in default places.

        Raises:
            LocalStoreError: ``neo4j.conf`` in the home has a line that cannot be added.
        """
        entries = {
            "server.default_listen_address": LOOPBACK,
            "server.bolt.listen_address": f"{LOOPBACK}:{self.bolt}",
            "server.bolt.advertised_address": f"{LOOPBACK}:{self.bolt}",
            "server.http.listen_address": f"{LOOPBACK}:{self.http}",
            "server.http.advertised_address": f"{LOOPBACK}:{self.http}",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": f"{memory.page_cache}m",
            "db.tx_log.rotation.retention_policy": "1 files",
            "db.tx_log.rotation.size": "64m",
            "db.transaction.timeout": "30m",
            "dbms.usage_report.enabled": "false",
            "client.allow_telemetry": "false",
            "browser.remote_content_hostname_whitelist": ",".join(PAGE_HOSTS),
            "dbms.security.http_static_content_security_policy_header": PAGE_POLICY,
            "dbms.security.auth_enabled": "true",
            # stops in 2 s instead of 10
            "internal.server.bolt.thread_pool_shutdown_wait_time": "200ms",
        }
        entries |= read_additions(self.folder.parent / ADDITIONS)
        lines = "".join(f"{key}={value}\n" for key, value in entries.items())
        return f"# replaced at each start by attrigraph up\n{lines}"

    def _set_first_password(self, java: Path, jars: Path, password: str) -> None:
        # in a file, so that the password is not in the list of processes
        arguments = self.conf / "initial-password"
        write_private(arguments, password)
        try:
            subprocess.run(
                [
                    *(str(java), "-Xmx128m", "-cp", self._class_path(jars), _ADMIN),
                    *("dbms", "set-initial-password", f"@{arguments.name}"),
                ],
                cwd=self.conf,
                env=self._environment(),
                capture_output=True,
                text=True,
                check=True,
                timeout=START_TIMEOUT,
                umask=0o077,
            )
        except subprocess.CalledProcessError as error:
            raise LocalStoreError(
                f"Neo4j did not take its first password: {reason(error.stdout + error.stderr)}"
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LocalStoreError(f"Neo4j did not take its first password: {error}") from error
        finally:
            arguments.unlink(missing_ok=True)

    def _failure(self, content: str) -> LocalStoreError:
        message = f"Neo4j did not start: {reason(content)}; its log is {self.log}"
        if re.search(_FAILURES[0][0], content):
            return PortTakenError(message)
        return LocalStoreError(message)


def _starter(jars: Path) -> str:
    """The class that starts the server of these jars.

    Raises:
        LocalStoreError: no jar names one.
    """
    for jar in sorted(jars.glob("neo4j-[0-9]*.jar")):
        with zipfile.ZipFile(jar) as content:
            return content.read(_STARTER).decode().strip()
    raise LocalStoreError(f"{jars} has no jar of Neo4j's server; check ATTRIGRAPH_NEO4J_LOCK")


def reason(content: str) -> str:
    """Why a start failed: a known cause in plain words, or the last cause in the log."""
    for pattern, meaning in _FAILURES:
        if re.search(pattern, content):
            return meaning
    lines = [line.strip() for line in content.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by") or "ERROR" in line]
    return (causes or lines or ["it printed nothing"])[-1]
