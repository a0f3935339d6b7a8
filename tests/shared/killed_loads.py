"""Loads that kill themselves at an exact place of the code, and what must be true afterwards.

Used by the tests of killed loads and by ``scripts/kill_loads.py``.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

from neo4j import GraphDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from neo4j import Record

    from command_shell import Shell

MAIN = "from attrigraph.cli.main import main; main()"
DIE = "import os, signal; die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)"
INSTANTS: Final = {
    "during the import": (
        "import subprocess, threading; from attrigraph.local import importing; "
        "run = subprocess.run; "
        "slow = lambda *a, **k: (threading.Timer(1.5, die).start(), run(*a, **k)); "
        "importing.subprocess.run = slow"
    ),
    "between the import and the exchange": (
        "from attrigraph.local.importing import LocalGraph; LocalGraph._exchange = die"
    ),
    "after the server was stopped": (
        "from attrigraph.local import importing; importing.shutil.copytree = die"
    ),
    "between the two renames": (
        "from pathlib import Path; rename = Path.rename; "
        "Path.rename = lambda self, to: die() if self.parent.name.startswith('data.import-') "
        "else rename(self, to)"
    ),
    "after the renames, before the start": (
        "from attrigraph.local.importing import LocalGraph; LocalGraph.start = die"
    ),
    "before the constraints": (
        "from attrigraph.services import bulk_load; bulk_load.reset_connections = die"
    ),
    "before the reference tables": (
        "from attrigraph.services import load; load.write_references = die"
    ),
}

OF_LOADS: Final = {"load", "changedBy"}
"""Properties that name the load that wrote or changed something."""


def write_events(folder: Path, customers: int = 300) -> Path:
    """Customers with six events each; every third converts."""
    rows = ["event_id,customer_id,timestamp,kind,channel,campaign,value"]
    for number in range(6 * customers):
        customer, place = divmod(number, 6)
        converts = place == 5 and customer % 3 == 0
        rest = "conversion,,,5" if converts else f"click,search,k{place},"
        rows.append(f"e{number},c{customer},2026-03-{place + 1:02}T00:00:00Z,{rest}")
    file = folder / "events.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def read_graph(shell: Shell, *, wipe: bool = False) -> tuple[list[Any], list[Any]]:
    """All nodes and relationships of the home's graph, whichever of the loads wrote them.

    The history of its schema and of its loads is left out.

    Args:
        shell: of the home.
        wipe: whether to delete them afterwards.
    """
    address = json.loads(shell.run("status", "--json").stdout)["neo4j"]["address"]
    password = json.loads((shell.home / "credentials.json").read_text())["neo4j_password"]
    with GraphDatabase.driver(address, auth=("neo4j", password)) as driver:
        nodes = driver.execute_query(
            "MATCH (n) WHERE NOT n:__Neo4jMigration AND NOT n:Load "
            "AND NOT (n:DataSet AND n.name = 'loads') "
            "RETURN labels(n) AS labels, properties(n) AS properties",
            database_="neo4j",
        ).records
        links = driver.execute_query(
            "MATCH (a)-[r]->(b) WHERE NOT a:__Neo4jMigration RETURN type(r) AS type, "
            "coalesce(a.id, a.name) AS a, coalesce(b.id, b.name) AS b, properties(r) AS properties",
            database_="neo4j",
        ).records
        if wipe:
            driver.execute_query(
                "MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n", database_="neo4j"
            )
    return sorted(map(_as_text, nodes)), sorted(map(_as_text, links))


def _as_text(record: Record) -> str:
    """A record independent of the order in which properties were set, and of its load."""
    *rest, properties = record.values()
    facts = {name: value for name, value in properties.items() if name not in OF_LOADS}
    return repr((*rest, sorted(facts.items())))


def leftovers(home: Path) -> list[Path]:
    """Everything that a finished load must not leave."""
    return [
        *(home / "staging").iterdir(),
        *(home / "loads").iterdir(),
        *(home / "neo4j").glob("data.*"),
        *(home / "neo4j").glob("exchange*"),
    ]


def run_patched(shell: Shell, patch: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that first executes this Python code; ``die()`` kills it."""
    return subprocess.run(
        [sys.executable, "-c", f"{DIE}\n{patch}\n{MAIN}", *words],
        env=shell.environment,
        capture_output=True,
        text=True,
    )


def run_killed(shell: Shell, instant: str, *words: str) -> None:
    """Run a command that kills itself at one of ``INSTANTS``."""
    done = run_patched(shell, INSTANTS[instant], *words)
    assert done.returncode == -signal.SIGKILL, done.stderr
