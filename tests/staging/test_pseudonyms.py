from __future__ import annotations

import os
import stat
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain import RejectedRow, buckets_of
from attrigraph.errors import InputError
from attrigraph.private_files import passable_mode
from attrigraph.settings import Settings
from attrigraph.staging import customer_key
from attrigraph.staging.buckets import with_buckets
from attrigraph.staging.pseudonyms import pseudonym, pseudonym_sql
from attrigraph.staging.rejects import write_rejects
from attrigraph.staging.scratch_dir import new_scratch_dir


@given(
    key=st.binary(min_size=1, max_size=100),
    customer=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_duckdb_gives_the_same_pseudonym_as_the_standard_library(key: bytes, customer: str) -> None:
    sql, parameters = pseudonym_sql(key, "$customer::VARCHAR")
    result = duckdb.execute(f"SELECT {sql}", {**parameters, "customer": customer}).fetchall()[0][0]
    assert result == pseudonym(key, customer)
    assert len(result) == 24


def test_a_known_pseudonym() -> None:
    # HMAC-SHA-256 of RFC 4231, test case 2, cut to 96 bits.
    assert pseudonym(b"Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426"


def test_buckets_are_checksums_of_the_ids() -> None:
    ids = ["", "ann", "é", "x" * 100]
    assert buckets_of(ids).tolist() == [zlib.crc32(key.encode()) % 1024 for key in ids]


@given(st.lists(st.integers(0, 16**24 - 1).map("{:024x}".format), min_size=1, unique=True))
def test_duckdb_finds_the_same_buckets_of_pseudonyms(pseudonyms: list[str]) -> None:
    rows = "(SELECT unnest($ids::VARCHAR[]) AS id)"
    sql = f"SELECT bucket FROM {with_buckets(rows)}"
    found = duckdb.execute(sql, {"ids": pseudonyms}).fetchnumpy()["bucket"]
    assert found.tolist() == buckets_of(pseudonyms).tolist()


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
    monkeypatch.setenv("ATTRIGRAPH_CUSTOMER_KEY", "a secret of 16 or more")
    assert customer_key(Settings(home=tmp_path / "none")) == b"a secret of 16 or more"
    assert not (tmp_path / "none").exists()


def test_a_key_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "customer.key").write_text("\n")
    (tmp_path / "customer.key").chmod(0o600)
    with pytest.raises(InputError, match="has 0 bytes and needs at least 16; put the original"):
        customer_key(Settings(home=tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot use the pseudonym key .*: Not a directory"):
        customer_key(Settings(home=tmp_path / "file" / "home"))


def test_a_replaced_key_of_one_byte_is_rejected(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    customer_key(settings)
    (tmp_path / "customer.key").write_text("0\n")
    with pytest.raises(InputError, match="has 1 byte and needs at least 16; put the original key"):
        customer_key(settings)


def test_a_short_key_of_the_environment_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTRIGRAPH_CUSTOMER_KEY", "short")
    with pytest.raises(InputError, match="key in ATTRIGRAPH_CUSTOMER_KEY has 5 bytes") as error:
        customer_key(Settings(home=tmp_path))
    assert "short;" not in str(error.value)


def test_a_key_that_others_can_read_is_rejected(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    customer_key(settings)
    (tmp_path / "customer.key").chmod(0o644)
    with pytest.raises(InputError, match=r"the pseudonym key is not safe: .*run `chmod 600`"):
        customer_key(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
def test_a_key_of_another_user_is_rejected(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    customer_key(settings)
    os.chown(tmp_path / "customer.key", 12345, 12345)
    with pytest.raises(InputError, match="belongs to another user"):
        customer_key(settings)


def test_a_home_made_by_a_load_is_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        customer_key(Settings(home=tmp_path / "home"))
        folder = new_scratch_dir(tmp_path / "home" / "staging")
        write_rejects(tmp_path / "home" / "rejects" / "r.csv", [RejectedRow("f", 1, "r")])
    finally:
        os.umask(before)
    modes = {
        path.relative_to(tmp_path): stat.S_IMODE(path.stat().st_mode)
        for path in tmp_path.rglob("*")
    }
    home = Path("home")
    assert modes == {
        home: passable_mode(),
        home / "customer.key": 0o600,
        home / "staging": 0o700,
        folder.relative_to(tmp_path): 0o700,
        home / "rejects": 0o700,
        home / "rejects" / "r.csv": 0o600,
    }
