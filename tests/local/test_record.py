from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local.credentials import Credentials
from attrigraph.local.home import Home
from attrigraph.local.record import PROCESSES, Stack, read_stack, write_stack

if TYPE_CHECKING:
    from pathlib import Path

STACK = Stack(PROCESSES, 7687, 7474, 5432, neo4j_pid=1)


def test_a_stack_comes_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_stack(home) is None
    write_stack(home, STACK)
    assert read_stack(home) == STACK


def test_its_addresses() -> None:
    known = Credentials("neo4j", "p", "attrigraph", "q")
    assert STACK.neo4j_uri == "bolt://127.0.0.1:7687"
    assert STACK.browser == "http://127.0.0.1:7474/browser/"
    assert STACK.postgres_url(known) == "postgresql://attrigraph:q@127.0.0.1:5432/attrigraph"


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    Home(tmp_path).stack.write_text('{"kind": "processes"}')
    with pytest.raises(LocalStoreError, match=r"stack\.json should hold the ports"):
        read_stack(Home(tmp_path))
