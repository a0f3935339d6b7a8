"""Homes with stores of their own, driven by the ``attrigraph`` command as a user does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_shell import shell_for
from own_ports import record_own_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from command_shell import Shell


@pytest.fixture
def fresh(
    new_home: Callable[[], AbstractContextManager[Path]], java_home: Path | None
) -> Iterator[Shell]:
    """A home where nothing was started yet."""
    with new_home() as home:
        shell = shell_for(home, java_home)
        yield shell
        shell.run("down")


@pytest.fixture(scope="module")
def running(
    new_home: Callable[[], AbstractContextManager[Path]], java_home: Path | None
) -> Iterator[Shell]:
    """A home whose stores run and are migrated, shared by the tests of a module.

    Its name holds what shells, Java and Postgres treat as special.
    """
    with new_home() as folder:
        folder.mkdir()
        folder.chmod(0o711)
        home = folder / "ma\u00df 'n' \"q\" $HOME ${x} #1 & b%s"
        record_own_ports(home)
        shell = shell_for(home, java_home)
        done = shell.run("up")
        assert done.returncode == 0, done.stderr
        yield shell
        shell.run("down")
