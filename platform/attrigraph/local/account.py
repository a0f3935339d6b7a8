"""The account that Postgres runs under when attrigraph is run by the superuser.

Postgres does not run as the superuser. It then runs as the user ``pgserver``, which is created if
missing and owns the data. If other users cannot enter a folder above the home (``/root``, usually),
its permissions stay as they are: the data, and the programs if necessary, go to
``/var/lib/attrigraph``, and the home contains a link to them.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import make_folder, unwritable

NAME: Final = "pgserver"
OUTSIDE: Final = Path("/var/lib/attrigraph")


@dataclass(frozen=True, slots=True)
class Account:
    """The user that Postgres runs as; without a name it is the current user."""

    name: str | None
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        """Arguments of ``subprocess.run`` that run a program under this account."""
        if self.name is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Make this account the owner of a file or folder."""
        if self.name is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Whether a process of this account can enter the folder."""
        entered = subprocess.run(
            ["/bin/sh", "-c", 'cd "$0"', str(folder)],
            capture_output=True,
            check=False,
            cwd="/",
            **self.switch,
        )
        return entered.returncode == 0


def account() -> Account:
    """The account for Postgres, which is created if the superuser needs it.

    Raises:
        LocalStoreError: it cannot be created.
    """
    if os.geteuid() != 0:
        return Account(None, os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _create()
        entry = pwd.getpwnam(NAME)
    return Account(NAME, entry.pw_uid, entry.pw_gid)


def _create() -> None:
    program = shutil.which("useradd") or "/usr/sbin/useradd"
    try:
        subprocess.run(
            [program, "--system", "--no-create-home", "--shell", "/bin/sh", NAME],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalStoreError(
            f"Postgres does not run as the superuser, and the user {NAME} for it cannot be created "
            f"({getattr(error, 'stderr', None) or error}); create it or run attrigraph as an "
            "ordinary user"
        ) from error


def place_data(folder: Path, owner: Account) -> Path:
    """The real folder for Postgres' files: ``folder`` itself, or one outside that it links to.

    Args:
        folder: ``postgres`` in the home; made if it is missing.
        owner: who must be able to enter it.
    """
    if not folder.exists():
        folder.unlink(missing_ok=True)  # a link whose target was removed
        make_folder(folder)
        owner.owns(folder)
        if not owner.reaches(folder):
            folder.rmdir()
            _link_outside(folder, owner)
    return folder.resolve()


def _link_outside(folder: Path, owner: Account) -> None:
    make_folder(OUTSIDE, mode=0o711)
    real = OUTSIDE / f"postgres-{secrets.token_hex(8)}"
    make_folder(real)
    owner.owns(real)
    folder.symlink_to(real)


def place_programs(install: Path, libraries: Path, owner: Account) -> Path:
    """The folder of Postgres' programs; a copy if the account cannot reach the package.

    Args:
        install: ``pginstall18`` of the package.
        libraries: the folder of shared libraries next to the package.
        owner: who runs them.
    """
    if owner.reaches(install / "bin") and owner.reaches(libraries):
        return install / "bin"
    version = f"{install.name}-{int((install / 'bin' / 'postgres').stat().st_mtime)}"
    copied = OUTSIDE / version
    if not copied.is_dir():
        _copy(install, libraries, copied)
    return copied / install.parent.name / install.name / "bin"


def _copy(install: Path, libraries: Path, copied: Path) -> None:
    make_folder(OUTSIDE, mode=0o711)
    fresh = copied.with_name(f".{copied.name}-{os.getpid()}")
    try:
        # the programs look for the libraries relative to their own folder
        shutil.copytree(install, fresh / install.parent.name / install.name)
        shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
        fresh.rename(copied)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if not copied.is_dir():
            raise unwritable(copied, error) from error
