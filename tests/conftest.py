"""What holds for all tests: how many run at once, and how property tests are run."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from attrigraph.settings import Settings

WORKERS = 2
"""Each starts stores of its own, which take about 2 GB."""

# Times depend on what else the machine does, and say nothing of the code.
settings.register_profile("attrigraph", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("attrigraph")


def pytest_xdist_auto_num_workers() -> int:
    """One where the environment names the stores: tests empty them."""
    given = Settings()
    return 1 if given.neo4j_uri or given.postgres_url else WORKERS
