from __future__ import annotations

import pytest

from attrigraph.addresses import shown_address, without_user_info


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("bolt://127.0.0.1:7687", "bolt://127.0.0.1:7687"),
        ("bolt://neo4j:S3CRET@127.0.0.1:7687", "bolt://127.0.0.1:7687"),
        ("bolt://neo4j:S3@C/RET@127.0.0.1:7687", "bolt://127.0.0.1:7687"),
        ("bolt://neo4j:S3?CRET#@127.0.0.1:7687?password=S3CRET", "bolt://127.0.0.1:7687"),
        ("neo4j:S3CRET@127.0.0.1:7687", "127.0.0.1:7687"),
        ("", ""),
    ],
)
def test_user_info_and_parameters_are_not_shown(address: str, shown: str) -> None:
    assert shown_address(address) == shown


def test_addresses_within_a_text_lose_their_user_info() -> None:
    text = "no route to 'https://ada:S3CRET@one.example/x', nor to https://two.example/y"
    assert without_user_info(text) == (
        "no route to 'https://one.example/x', nor to https://two.example/y"
    )
