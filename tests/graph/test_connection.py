"""What drivers' errors are told as."""

from __future__ import annotations

import pytest
from neo4j.exceptions import Neo4jError

from attrigraph.graph.connection import sentence

URI = "bolt://127.0.0.1:7687"
APPLY = "Could not apply the transaction: Transaction #120 to the store after written to log."
RESTART = "The database has encountered a critical error, and needs to be restarted."


@pytest.mark.parametrize(
    ("code", "message"),
    [("TransactionCommitFailed", APPLY), ("TransactionStartFailed", RESTART)],
)
def test_a_server_whose_disk_is_full_is_told_with_what_to_do(code: str, message: str) -> None:
    # as Neo4j 5.26 answered when its disk was filled in the middle of a load
    error = Neo4jError._hydrate_neo4j(code=f"Neo.DatabaseError.Transaction.{code}", message=message)
    said = sentence(error, URI)
    assert URI in said
    assert "free some space, restart it (`attrigraph down`, then `attrigraph up`)" in said


def test_other_errors_are_told_by_their_code_and_first_line() -> None:
    error = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Statement.SyntaxError", message="a\nb")
    assert sentence(error, URI) == (
        f"Neo4j at {URI} answers Neo.ClientError.Statement.SyntaxError: a"
    )
