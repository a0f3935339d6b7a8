from __future__ import annotations

import stat
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain import buckets_of
from attrigraph.errors import InputError
from attrigraph.settings import Settings
from attrigraph.staging import customer_key
from attrigraph.staging.pseudonyms import pseudonym, pseudonym_sql

if TYPE_CHECKING:
    from pathlib import Path


@given(
    key=st.binary(min_size=1, max_size=100),
    customer=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_duckdb_gives_the_same_pseudonym_as_the_standard_library(key: bytes, customer: str) -> None:
    sql, parameters = pseudonym_sql(key, "$customer::VARCHAR")
    found = duckdb.execute(f"SELECT {sql}", {**parameters, "customer": customer}).fetchall()[0][0]
    assert found == pseudonym(key, customer)
    assert len(found) == 24


def test_a_known_pseudonym() -> None:
    # HMAC-SHA-256 of RFC 4231, test case 2, cut to 96 bits.
    assert pseudonym(b"Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426"


def test_buckets_are_checksums_of_the_ids() -> None:
    ids = ["", "ann", "é", "x" * 100]
    assert buckets_of(ids).tolist() == [zlib.crc32(key.encode()) % 1024 for key in ids]


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: customer_key(settings), range(16)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    (path,) = (tmp_path / "home").iterdir()
    assert path.name == "customer.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_key_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTRIGRAPH_CUSTOMER_KEY", "secret")
    assert customer_key(Settings(home=tmp_path / "none")) == b"secret"
    assert not (tmp_path / "none").exists()


def test_a_key_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "customer.key").write_text("\n")
    with pytest.raises(InputError, match="is empty; put the old key back"):
        customer_key(Settings(home=tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot use the key .*: Not a directory"):
        customer_key(Settings(home=tmp_path / "file" / "home"))
