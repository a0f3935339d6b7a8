"""Server processes: start one that outlives us, recognise our own, stop it.

A process is ours if its command line contains a path of our home, never by its id alone: ids are
reused after a crash or a reboot.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.extra import package_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import psutil

STOP_TIMEOUT: Final = 60.0
"""Seconds a server may take to stop before it is killed."""

# these change what our own runtime does, and come from settings for other programs
_FOREIGN: Final = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what would change the server's Java, with ``extra`` added."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return kept | dict(extra)


def spawn(command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> int:
    """Start a program in a session of its own, with its output in ``log``; returns its process id.

    Its files are readable by the user only. It is reaped when it ends, if we are still running.
    """
    # the shell replaces itself by the program; posix_spawn has no other way to set the umask
    shell = ["/bin/sh", "-c", 'umask 077; exec "$0" "$@"', *command]
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        shell[0],
        shell,
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), writing, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    # whoever stops it: else it would stay in the list of processes until we end
    threading.Thread(target=_collect, args=(pid,), name=f"collect-{pid}", daemon=True).start()
    return pid


def _collect(pid: int) -> None:
    with suppress(ChildProcessError):  # psutil was quicker
        os.waitpid(pid, 0)


def find(marker: Sequence[str], pid: int | None = None) -> psutil.Process | None:
    """The living process whose command line contains these consecutive words.

    Args:
        marker: words of the command line, with a path of ours.
        pid: process to check first; if it is another, all processes are searched.

    Raises:
        MissingExtraError: the extra ``local`` is not installed.
    """
    package_folder("psutil", "the list of processes")
    import psutil

    if pid is not None and psutil.pid_exists(pid):
        candidate = _matching(psutil.Process(pid), marker)
        if candidate is not None:
            return candidate
    for process in psutil.process_iter():
        candidate = _matching(process, marker)
        if candidate is not None:
            return candidate
    return None


def _matching(process: psutil.Process, marker: Sequence[str]) -> psutil.Process | None:
    import psutil

    try:
        words = process.cmdline()
        dead = process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:  # gone meanwhile, or not ours to look at
        return None
    width = len(marker)
    held = any(words[at : at + width] == [*marker] for at in range(len(words) - width + 1))
    return process if held and not dead else None


def lives(pid: int) -> bool:
    """Whether a process that we started a moment ago has not ended."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_working_folder(folder: Path, name: str) -> bool:
    """Whether a living process of this name has the folder as its own, or may have it."""
    package_folder("psutil", "the list of processes")
    import psutil

    for process in psutil.process_iter():
        try:
            if process.name() != name or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.cwd() == str(folder):
                return True
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:  # in some containers not even the superuser may look
            return True
    return False


def stop(process: psutil.Process, *, timeout: float = STOP_TIMEOUT) -> None:
    """Terminate a process, and kill it if it has not ended after ``timeout`` seconds.

    Raises:
        LocalStoreError: it belongs to another user.
    """
    import psutil

    try:
        process.terminate()
        if not _ends(process, timeout):
            process.kill()
            _ends(process, timeout)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as error:
        raise LocalStoreError(
            f"process {process.pid} was started by another user, who has to stop it"
        ) from error


def _ends(process: psutil.Process, timeout: float) -> bool:
    """Whether a process ends within so many seconds, even if nothing reaps it."""
    import psutil

    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            process.wait(0.05)
        except psutil.TimeoutExpired:
            if not lives(process.pid):
                return True
        else:
            return True
    return False
