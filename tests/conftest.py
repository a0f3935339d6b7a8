"""How many tests run at once."""

from __future__ import annotations

from attrigraph.settings import Settings

WORKERS = 2
"""Each starts stores of its own, which take about 2 GB."""


def pytest_xdist_auto_num_workers() -> int:
    """One where the environment names the stores: tests empty them."""
    given = Settings()
    return 1 if given.neo4j_uri or given.postgres_url else WORKERS
