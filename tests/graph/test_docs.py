"""The pages on the graph and its queries agree with the statements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attrigraph.graph.catalogue import names, query
from attrigraph.graph.explore import queries
from attrigraph.graph.migrations import read_migrations

ROOT = Path(__file__).parents[2]
GRAPH = re.sub(r"```.*?```", "", (ROOT / "docs" / "graph.md").read_text("utf-8"), flags=re.DOTALL)
COOKBOOK = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")

NOT_CODE = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|//[^\n]*|/\*.*?\*/", re.DOTALL)

# not of nodes: components of times and durations, and entries of maps
PARTS_OF_VALUES = {
    "epochMillis",
    "dayOfWeek",
    "days",
    "inDays",
    "inMonths",
    "months",
    "truncate",
    "year",
}
ENTRIES_OF_MAPS = {
    *("properties", "creative", "audience", "assigned", "own", "node"),
    *("month", "product", "touchCost", "shared", "currencies"),
}
# of the history of migrations, which the page describes as a whole
OF_MIGRATIONS = {"in", "by", "at", "connectedAs", "migrationTarget", "type", "source", "timezone"}


def code() -> str:
    statements = [query(name).text for name in names()]
    schema = [migration for migration in read_migrations() if migration.changes_schema]
    statements += [statement for migration in schema for statement in migration.statements]
    return "\n".join(NOT_CODE.sub(" ", statement) for statement in statements)


def described() -> set[str]:
    return {word for words in re.findall(r"`([^`]+)`", GRAPH) for word in re.findall(r"\w+", words)}


def test_every_label_is_described() -> None:
    labels = set(re.findall(r"(?:\(\w*|\b\w+):([A-Z_]\w*[a-z]\w*)", code()))
    assert "Customer" in labels
    headings = set(re.findall(r"^### (\w+)$", GRAPH, re.MULTILINE))
    assert labels - headings - described() == set()


def test_every_relationship_type_is_described() -> None:
    alternatives = re.findall(r"\[\w*:([A-Z_|]+)", code())
    types = {name for joined in alternatives for name in joined.split("|")}
    assert "PRECEDED" in types
    assert types - described() == set()


def test_every_property_is_described() -> None:
    text = code()
    used = set(re.findall(r"\b[a-z]\w*\.(\w+)", text))
    for pattern in re.findall(r"[(\[]\w*:[\w|]+ \{(.*?)\}[)\]]", text, re.DOTALL):
        used |= set(re.findall(r"(\w+):", re.sub(r"\([^()]*\)|\{[^{}]*\}", "", pattern)))
    assert {"timestamp", "roas", "timeDelta"} <= used
    assert used - described() - PARTS_OF_VALUES - ENTRIES_OF_MAPS - OF_MIGRATIONS == set()


@pytest.mark.parametrize("name", queries())
def test_every_recipeis_in_the_cookbook_with_its_parameters_and_a_call(name: str) -> None:
    recipe = queries()[name]
    sections = dict(
        re.findall(r"^### (\w+)\n(.*?)(?=^#{2,3} |\Z)", COOKBOOK, re.DOTALL | re.MULTILINE)
    )
    section = sections[name]
    assert recipe.summary in " ".join(section.split())
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    assert rows == [(p.name, p.type, p.meaning) for p in recipe.parameters]
    assert f'"{name}"' in section


def test_the_cookbook_has_no_removed_query() -> None:
    assert set(re.findall(r"^### (\w+)$", COOKBOOK, re.MULTILINE)) == set(queries())
