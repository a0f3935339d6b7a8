"""The newest Neo4j opens a graph of the packaged one, and takes every statement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attrigraph.graph.catalogue import names, query
from attrigraph.local.lockfile import read_lock
from command_shell import driver_of, ran

if TYPE_CHECKING:
    from command_shell import Shell

NEWEST = Path(__file__).with_name("neo4j-2026.08.1.lock.toml")
EVENTS = """event_id,customer_id,timestamp,kind,channel,value
e1,ada,2026-03-01T10:00Z,click,search,
e2,ada,2026-03-02T10:00Z,click,mail,
e3,ada,2026-03-03T10:00Z,conversion,,10
"""


@pytest.mark.long  # it fetches another server
def test_a_graph_is_opened_by_the_newest_version(fresh: Shell, tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text(EVENTS)
    call = ("explore", "credit_by_channel", "--param", "model=linear")
    ran(fresh, "up")
    ran(fresh, "load", str(events), "--preset", "events")
    ran(fresh, "attribute", "--models", "linear")
    before = ran(fresh, *call)
    assert fresh.run("down").returncode == 0

    newer = replace(fresh, environment=fresh.environment | {"ATTRIGRAPH_NEO4J_LOCK": str(NEWEST)})
    ran(newer, "up")
    with driver_of(newer) as driver:
        versions, _, _ = driver.execute_query(
            "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0] AS version"
        )
        assert versions[0]["version"] == read_lock(NEWEST).version
        for name in names():
            text = query(name).text
            if "CYPHER 5" not in text:
                driver.execute_query(f"CYPHER 25 EXPLAIN {text}", database_="neo4j")
    assert ran(newer, *call) == before
    touches = ran(newer, "load", str(events), "--preset", "events")["events"]["touches"]
    assert (touches["written"], touches["present"]) == (0, 2)
    ran(newer, "attribute", "--models", "linear,last")
    file = tmp_path / "backup"
    ran(newer, "backup", "create", str(file))
    assert ran(newer, *call)["rows"]
