"""The cookbook's files answer in cypher-shell as they do for the driver."""

from __future__ import annotations

import csv
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.bootstrap import resolve_addresses
from attrigraph.graph.explore import OPTIONAL, queries
from attrigraph.local.jars import ensure_jars
from attrigraph.local.java import packaged_java
from attrigraph.settings import DATABASE
from cookbook import calls_of_the_cookbook

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

LOCK = Path(__file__).with_name("cypher-shell-5.26.30.lock.toml")
CALLS = dict(calls_of_the_cookbook())
NATIVE = {"DATETIME": datetime.fromisoformat, "DATE": date.fromisoformat}
END = "-- end of the answer --"


def values(name: str) -> dict[str, Any]:
    """The parameters of the cookbook's call, as its text has them."""
    optional = {one.name: None for one in queries()[name].parameters if one.type == OPTIONAL}
    return optional | CALLS[name]


def native(name: str) -> dict[str, Any]:
    types = {one.name: one.type for one in queries()[name].parameters}
    return {
        key: NATIVE[types[key]](value) if types[key] in NATIVE else value
        for key, value in values(name).items()
    }


def literal(value: Any) -> str:
    """A value as it is typed in Cypher."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return f"'{value}'" if isinstance(value, str) else str(value)


def typed(name: str) -> str:
    """What is typed for one query: its parameters, and its file as it is."""
    parameters = ", ".join(f"{key}: {literal(value)}" for key, value in values(name).items())
    return f":params {{{parameters}}}\n{queries()[name].text};\nRETURN '{END}' AS end;\n"


def answers(settings: Settings, text: str) -> list[list[list[str]]]:
    """Lines of cells of each answer, its names first."""
    folder = ensure_jars(settings.cache, repository=settings.maven_repository, lock_file=LOCK)
    server = resolve_addresses(settings)
    done = subprocess.run(
        [
            *(str(packaged_java()), "-cp", f"{folder}/*", "org.neo4j.shell.Main"),
            *("--address", server.neo4j_uri, "--username", server.neo4j_user),
            *("--database", DATABASE, "--format", "plain"),
        ],
        input=text,
        env={"NEO4J_PASSWORD": server.neo4j_password.get_secret_value()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    parts = done.stdout.split(f'end\n"{END}"\n')
    assert not parts.pop().strip()
    return [list(csv.reader(part.splitlines(), skipinitialspace=True)) for part in parts]


def test_every_query_answers_in_cypher_shell(small_graph: Stores, settings: Settings) -> None:
    printed = answers(settings, "".join(map(typed, CALLS)))
    assert len(printed) == len(CALLS)
    for name, (names, *lines) in zip(CALLS, printed, strict=True):
        records, _, keys = small_graph.driver.execute_query(
            queries()[name].text, native(name), database_=DATABASE
        )
        assert names == keys, name
        assert len(lines) == len(records), name
        for line, record in zip(lines, records, strict=True):
            texts = dict(zip(keys, line, strict=False))
            for key, value in record.data().items():
                # a list is printed with commas, which end the cells that can be compared
                if isinstance(value, list):
                    break
                if isinstance(value, int | float) and not isinstance(value, bool):
                    assert float(texts[key]) == pytest.approx(value), (name, line)
