from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local.credentials import ensure_credentials, read_credentials
from attrigraph.local.home import Home

if TYPE_CHECKING:
    from pathlib import Path


def test_passwords_are_made_once_and_only_the_user_reads_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_credentials(home) is None
    made = ensure_credentials(home)
    assert ensure_credentials(home) == made == read_credentials(home)
    assert stat.S_IMODE(home.credentials.stat().st_mode) == 0o600


def test_passwords_are_long_differ_and_need_no_quotes(tmp_path: Path) -> None:
    made = ensure_credentials(Home(tmp_path))
    assert made.neo4j_password != made.postgres_password
    for password in (made.neo4j_password, made.postgres_password):
        assert re.fullmatch(r"[0-9a-f]{32}", password)


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    made = ensure_credentials(Home(tmp_path))
    assert made.neo4j_password not in repr(made)
    assert made.postgres_password not in repr(made)


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    Home(tmp_path).credentials.write_text('{"user": 1}')
    Home(tmp_path).credentials.chmod(0o600)
    with pytest.raises(LocalStoreError, match=r"credentials\.json should hold"):
        read_credentials(Home(tmp_path))


def test_credentials_that_others_can_read_are_rejected(tmp_path: Path) -> None:
    ensure_credentials(Home(tmp_path))
    Home(tmp_path).credentials.chmod(0o644)
    with pytest.raises(
        LocalStoreError, match=r"are not safe: .*credentials\.json is open to other"
    ):
        read_credentials(Home(tmp_path))
