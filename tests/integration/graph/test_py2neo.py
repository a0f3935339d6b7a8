"""Old notebooks: what works with py2neo gives the driver's answers, and the rest is documented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrigraph import bootstrap
from attrigraph.graph.explore import run_query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

NOTEBOOK = Path(__file__).with_name("py2neo_notebook.py")
PERIOD = {"from": "2026-06-01T00:00Z", "to": "2026-07-01T00:00Z", "limit": 10}


def test_notebooks_with_py2neo(small_graph: Stores, settings: Settings) -> None:
    addresses = bootstrap.resolve_addresses(settings)
    password = addresses.neo4j_password.get_secret_value()
    done = subprocess.run(
        [sys.executable, NOTEBOOK],
        env={**os.environ, "ADDRESS": addresses.neo4j_uri, "PASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    records, _, _ = small_graph.driver.execute_query(
        "MATCH (t:Touchpoint) RETURN count(*) AS touches, min(t.timestamp) AS first",
        database_=DATABASE,
    )
    touches, first = records[0].values()
    channels, _, _ = small_graph.driver.execute_query(
        "MATCH (c:Channel) RETURN c.name ORDER BY c.name", database_=DATABASE
    )
    untouched = run_query(small_graph.driver, "conversions_without_touch", PERIOD)
    assert touches > 0
    assert answers == {
        "touches": touches,
        "channels": [name for (name,) in channels],
        "first": first.to_native().replace(tzinfo=None).isoformat(),  # UTC, without its zone
        "frame": len(channels),
        "cookbook": len(list(untouched)),
        "pytz": touches,
        "written": "n1",
        "standard zone": "TypeError",
        "constraints": "ClientError",
        "braces": "ClientError",
    }
