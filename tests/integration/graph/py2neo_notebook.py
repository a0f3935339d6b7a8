"""What old notebooks do with py2neo, on the small graph; prints one JSON object of answers.

It runs in a process of its own: py2neo is no longer maintained, and Python warns about it.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

QUERY = (Path(__file__).parents[3] / "cypher/explore/conversions_without_touch.cypher").read_text()
WEEK = {"from": "2026-06-01T00:00Z", "to": "2026-07-01T00:00Z", "limit": 10}
FIRST = "MATCH (t:Touchpoint) RETURN min(t.timestamp)"
COUNT = "MATCH (t:Touchpoint) WHERE t.timestamp < $before RETURN count(*)"


def outcome(action: Any) -> str:
    """The class of the error that an action raises."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 - which one is the answer
        return type(error).__name__
    return "works"


def main() -> None:
    """Connect to the server that the environment names, and use it as notebooks did."""
    # not above: pytest imports every module, and an error is made of each warning
    import pytz
    from py2neo import Graph, Node, NodeMatcher

    address, password = os.environ["ADDRESS"], os.environ["PASSWORD"]
    graph = Graph(address, auth=("neo4j", password), name="neo4j")
    after = datetime(2030, 1, 1)  # noqa: DTZ001 - the zone is given below, in two forms
    transaction = graph.begin()
    transaction.create(Node("Note", id="n1"))
    graph.commit(transaction)
    answers = {
        "touches": graph.evaluate("MATCH (t:Touchpoint) RETURN count(*)"),
        "channels": sorted(node["name"] for node in NodeMatcher(graph).match("Channel")),
        "first": graph.evaluate(FIRST).to_native().isoformat(),
        "frame": graph.run("MATCH (c:Channel) RETURN c.name AS name").to_data_frame().shape[0],
        "cookbook": len(graph.run(QUERY, WEEK).data()),
        "pytz": graph.evaluate(COUNT, before=pytz.utc.localize(after)),
        "written": graph.evaluate("MATCH (n:Note) RETURN n.id"),
        "standard zone": outcome(lambda: graph.run(COUNT, before=after.replace(tzinfo=UTC))),
        "constraints": outcome(lambda: graph.schema.get_uniqueness_constraints("Channel")),
        "braces": outcome(lambda: graph.run("RETURN {x}", x=1)),
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
