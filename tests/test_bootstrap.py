from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from attrigraph.bootstrap import health, resolve_addresses
from attrigraph.errors import StoreError
from attrigraph.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer's."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ATTRIGRAPH_{name.upper()}", raising=False)


def test_addresses_of_the_environment_need_no_home(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "none",
        neo4j_uri="bolt://graph:7687",
        neo4j_user="ada",
        neo4j_password=SecretStr("hush-graph"),
        postgres_url=SecretStr("postgresql://ada:hush-sql@sql/marketing"),
    )
    addresses = resolve_addresses(settings)
    assert (addresses.neo4j_uri, addresses.neo4j_user) == ("bolt://graph:7687", "ada")
    assert addresses.neo4j_password.get_secret_value() == "hush-graph"
    assert "hush" not in repr(addresses)
    assert not (tmp_path / "none").exists()


def test_an_address_of_neo4j_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ATTRIGRAPH_NEO4J_PASSWORD is not; set both"):
        resolve_addresses(Settings(home=tmp_path, neo4j_uri="bolt://graph:7687"))


def test_without_a_store_the_error_explains_how_to_get_one(tmp_path: Path) -> None:
    home = tmp_path / "a home"
    command = re.escape(f"start it with `attrigraph up --home '{home}'`")
    with pytest.raises(StoreError, match=f"Neo4j of .* {command}"):
        resolve_addresses(Settings(home=home))
    only_neo4j = Settings(
        home=tmp_path, neo4j_uri="bolt://graph:7687", neo4j_password=SecretStr("hush-graph")
    )
    with pytest.raises(StoreError, match=r"Postgres of .* in ATTRIGRAPH_POSTGRES_URL"):
        resolve_addresses(only_neo4j)


def test_health_shows_no_password_of_an_address(tmp_path: Path) -> None:
    for password in (None, SecretStr("x")):
        settings = Settings(
            home=tmp_path,
            neo4j_uri="bolt://neo4j:hush@127.0.0.1:1",
            neo4j_password=password,
            postgres_url=SecretStr("postgresql://ada:hush@127.0.0.1:abc/x"),
        )
        neo4j, postgres = health(settings)
        assert "hush" not in repr((neo4j, postgres))
        assert neo4j.address == "bolt://127.0.0.1:1"
        assert postgres.error is not None
        assert "with a number as port" in postgres.error


def test_health_of_servers_that_accept_and_never_answer(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        settings = Settings(
            home=tmp_path,
            neo4j_uri=f"bolt://127.0.0.1:{port}",
            neo4j_password=SecretStr("x"),
            postgres_url=SecretStr(f"postgresql://ada:hush@127.0.0.1:{port}/x"),
        )
        neo4j, postgres = health(settings, timeout=2)
    assert neo4j.error == (
        f"Neo4j at bolt://127.0.0.1:{port} does not answer; check the server, and the address in "
        "ATTRIGRAPH_NEO4J_URI"
    )
    assert postgres.error == (
        f"Postgres at 127.0.0.1:{port} does not answer; check the server, and the address in "
        "ATTRIGRAPH_POSTGRES_URL"
    )
