"""What holds for all tests: how many run at once, which, and how property tests are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from attrigraph.settings import Settings
from long_forms import LONG

if TYPE_CHECKING:
    import pytest

WORKERS = 2
"""Each starts stores of its own, which take about 2 GB."""

# Times depend on what else the machine does, and say nothing of the code.
settings.register_profile(LONG, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("attrigraph", settings.get_profile(LONG), max_examples=50)
settings.load_profile("attrigraph")


def pytest_xdist_auto_num_workers() -> int:
    """One where the environment names the stores: tests empty them."""
    given = Settings()
    return 1 if given.neo4j_uri or given.postgres_url else WORKERS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="take the long forms of tests too")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the number of examples before the tests are imported."""
    if config.getoption("--long"):
        settings.load_profile(LONG)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long forms out, unless they are asked for."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not item.get_closest_marker("long")]
