"""The page on exports describes exactly the tables that exports have."""

from __future__ import annotations

import re
from pathlib import Path

from attrigraph.export.schema import SCHEMA_VERSION, TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


def test_the_page_has_every_table_with_its_key_and_columns() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE))
    assert list(sections) == [table.name for table in TABLES]
    for table in TABLES:
        section = sections[table.name]
        key = re.search(r"^Key: (.+)\.$", section, re.MULTILINE)
        assert key is not None
        assert tuple(re.findall(r"`(\w+)`", key[1])) == table.key
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (yes)? ?\| .+ \|$", section, re.MULTILINE)
        assert rows == [
            (column.name, column.type, "" if column.required else "yes") for column in table.columns
        ]
    assert f"version of these tables, {SCHEMA_VERSION} |" in sections["export_info"]


def test_keys_are_columns() -> None:
    for table in TABLES:
        assert set(table.key) <= {column.name for column in table.columns}
