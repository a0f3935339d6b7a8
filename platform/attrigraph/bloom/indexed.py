"""The properties that the schema indexes, by label: what Bloom can search without a scan."""

from __future__ import annotations

import re
from typing import Final

from attrigraph.graph.migrations import read_migrations

_INDEXED: Final = re.compile(
    r"FOR \((?P<node>\w+):(?P<label>\w+)\)\s+(?:REQUIRE|ON)\s+\(?(?P<keys>(?P=node)\.[\w., ]+?)\)?"
    r"(?:\s+IS UNIQUE)?;?$"
)


def indexed_properties() -> list[tuple[str, tuple[str, ...]]]:
    """Label and properties of each constraint and index on nodes, in the order of the schema."""
    statements = (text for migration in read_migrations() for text in migration.statements)
    found = (_INDEXED.search(statement.strip()) for statement in statements)
    return [
        (match["label"], tuple(key.strip().split(".")[1] for key in match["keys"].split(",")))
        for match in found
        if match
    ]
