"""Messages for the driver's errors."""

from __future__ import annotations

import socket

import pytest
from neo4j.exceptions import ConfigurationError, Neo4jError

from attrigraph.errors import InputError, StoreError, StoreUnreachableError
from attrigraph.graph.connection import check_address, describe_error, open_driver

URI = "bolt://127.0.0.1:7687"
APPLY = "Could not apply the transaction: Transaction #120 to the store after written to log."
RESTART = "The database has encountered a critical error, and needs to be restarted."


@pytest.mark.parametrize(
    ("code", "server_message"),
    [("TransactionCommitFailed", APPLY), ("TransactionStartFailed", RESTART)],
)
def test_the_message_for_a_full_disk_contains_what_to_do(code: str, server_message: str) -> None:
    # as Neo4j 5.26 answered when its disk was filled in the middle of a load
    error = Neo4jError._hydrate_neo4j(
        code=f"Neo.DatabaseError.Transaction.{code}", message=server_message
    )
    message = describe_error(error, URI)
    assert URI in message
    assert "free some space, restart it (`attrigraph down`, then `attrigraph up`)" in message


def test_other_messages_contain_the_code_and_the_first_line() -> None:
    error = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Statement.SyntaxError", message="a\nb")
    assert describe_error(error, URI) == (
        f"Neo4j at {URI} answers Neo.ClientError.Statement.SyntaxError: a"
    )


@pytest.mark.parametrize(
    "uri", ["bolt://127.0.0.1:7687", "neo4j+s://graph.example.org", "bolt://[::1]:7687"]
)
def test_addresses_of_servers_are_accepted(uri: str) -> None:
    check_address(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "bolt://127.0.0.1:port",
        "bolt://127.0.0.1:99999999999",
        "bolt://[::1",
        "http://127.0.0.1:7474",
        "127.0.0.1:7687",
    ],
)
def test_other_addresses_are_rejected(uri: str) -> None:
    with pytest.raises(InputError, match=r"not a Neo4j address: .*expected one such as"):
        open_driver(uri, "neo4j", "x")


@pytest.mark.parametrize(
    "uri",
    [
        "bolt://neo4j:s3cret@127.0.0.1:7687",
        "bolt://neo4j:s3@cret@127.0.0.1:7687",
        "bolt://neo4j:s3/cret@127.0.0.1:7687",
        "bolt://neo4j:s3cret@127.0.0.1:port",
        "https://neo4j:s3cret@127.0.0.1",
        "neo4j:s3cret@127.0.0.1:7687",
    ],
)
def test_no_error_shows_a_password_of_the_address(uri: str) -> None:
    with pytest.raises(InputError) as raised:
        open_driver(uri, "neo4j", "x")
    assert "cret" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)


def test_the_message_for_a_password_in_the_address_names_the_variables() -> None:
    with pytest.raises(
        InputError, match=r"give them in ATTRIGRAPH_NEO4J_USER and .*_PASSWORD"
    ) as e:
        open_driver("bolt://neo4j:S3CRETNEO@127.0.0.1:7687", "neo4j", "x")
    assert "only 'bolt://127.0.0.1:7687' as the address" in str(e.value)


def test_errors_of_the_driver_are_stripped_of_passwords() -> None:
    secret = "bolt://neo4j:S3CRETNEO@127.0.0.1:7687"
    error = ConfigurationError(f"URI userinfo is not supported. Given URI: '{secret}'.")
    assert "S3CRETNEO" not in describe_error(error, secret)
    secret = "bolt://127.0.0.1:7687?password=S3CRETNEO"
    error = ConfigurationError(f"Routing context is not supported. Given URI: '{secret}'.")
    assert "S3CRETNEO" not in describe_error(error, secret)


def test_a_host_that_cannot_be_one_is_an_input_error() -> None:
    with pytest.raises(InputError, match="not a Neo4j address: "):
        open_driver(f"bolt://{'a' * 70}.invalid:7687", "neo4j", "x")


def test_a_server_that_accepts_and_never_answers_is_unreachable() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with pytest.raises(StoreUnreachableError, match=f"127.0.0.1:{port} does not answer"):
            open_driver(f"bolt://127.0.0.1:{port}", "neo4j", "x", timeout=0.5)


def test_an_unknown_host_does_not_answer() -> None:
    with pytest.raises(StoreError, match=r"bolt://nowhere\.invalid:7687 does not answer"):
        open_driver("bolt://nowhere.invalid:7687", "neo4j", "x")
