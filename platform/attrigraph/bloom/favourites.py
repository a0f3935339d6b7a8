"""Favourites for Neo4j Browser: one file per statement, whose first line is the name it shows."""

from __future__ import annotations

from attrigraph.bloom.statements import phrases
from attrigraph.graph.explore import queries


def favourites() -> dict[str, str]:
    """The text of each file by its name: queries of the cookbook, and search phrases."""
    statements = {
        **{name: (_words(name), query.text) for name, query in queries().items()},
        **{f"draw_{name}": (phrase.title, phrase.text) for name, phrase in phrases().items()},
    }
    return {f"{name}.cypher": f"// {title}\n{text}" for name, (title, text) in statements.items()}


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
